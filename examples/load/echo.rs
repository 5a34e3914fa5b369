//! The echo: a component that does nothing but answer with stanzas like the referee's.
//!
//! It is written as one would write such a component with tokio-xmpp: its stream, its elements, one flush for what was
//! there at once. There are no rules, no clocks, no limits, no disk.

use std::collections::BTreeMap;
use std::io;

use futures::{FutureExt, SinkExt, StreamExt};
use minidom::Element;
use tokio_xmpp::connect::{DnsConfig, ServerConnector, TcpServerConnector};
use tokio_xmpp::jid::Jid;
use tokio_xmpp::xmlstream::{ReadError, Timeouts, XmlStream};
use xmpp_parsers::component::Handshake;
use xmpp_parsers::ns;

use crate::script::Script;
use crate::server::{ECHO, HOST, SECRET};

/// What is written to `stderr` when the echo serves.
pub const READY: &str = "echo ready";

/// A scene as elements.
struct Scene {
    answer: Vec<Element>,
    told: Vec<(usize, Vec<Element>)>,
}

/// Serves until the connection ends.
///
/// # Errors
/// Says why it ended.
pub async fn serve(address: &str, script: &str) -> io::Result<()> {
    let scenes = scenes(&serde_json::from_str(&std::fs::read_to_string(script)?)?)?;
    let jid = Jid::new(ECHO).map_err(io::Error::other)?;
    let connector = TcpServerConnector::from(DnsConfig::addr(address));
    let connected = connector
        .connect(&jid, ns::COMPONENT, Timeouts::default())
        .await;
    let (mut pending, _) = connected.map_err(io::Error::other)?;
    let id = pending
        .take_header()
        .id
        .map(|id| id.into_owned())
        .unwrap_or_default();
    let mut stream: XmlStream<_, Element> = pending.skip_features();
    stream
        .send(&Handshake::from_stream_id_and_password(id, SECRET))
        .await?;
    loop {
        match stream.next().await {
            Some(Ok(element)) if element.name() == "handshake" => eprintln!("{READY}"),
            Some(Ok(element)) => {
                for answer in answers(&scenes, &element) {
                    stream.feed(&answer).await?;
                }
            }
            Some(Err(ReadError::SoftTimeout)) => {}
            Some(Err(error)) => return Err(io::Error::other(error)),
            None => return Ok(()),
        }
        // What is there already is taken first: one flush for all.
        while let Some(Some(Ok(element))) = stream.next().now_or_never() {
            for answer in answers(&scenes, &element) {
                stream.feed(&answer).await?;
            }
        }
        SinkExt::<&Element>::flush(&mut stream).await?;
    }
}

fn scenes(script: &Script) -> io::Result<BTreeMap<String, Scene>> {
    let children = |text: &String| -> io::Result<Vec<Element>> {
        let whole: Element = format!("<x xmlns='{}'>{text}</x>", ns::DEFAULT_NS)
            .parse()
            .map_err(io::Error::other)?;
        Ok(whole.children().cloned().collect())
    };
    let mut scenes = BTreeMap::new();
    for (key, scene) in &script.scenes {
        let told: io::Result<Vec<_>> = scene
            .told
            .iter()
            .map(|(seat, text)| Ok((*seat, children(text)?)))
            .collect();
        let (answer, told) = (children(&scene.answer)?, told?);
        scenes.insert(key.clone(), Scene { answer, told });
    }
    Ok(scenes)
}

/// What the referee would say to this.
fn answers(scenes: &BTreeMap<String, Scene>, asked: &Element) -> Vec<Element> {
    let Some(command) = asked.get_child("command", "http://jabber.org/protocol/commands") else {
        return Vec::new();
    };
    let node = command.attr("node").unwrap_or_default();
    let expect = command.get_child("x", ns::DATA_FORMS).and_then(|form| {
        let field = form
            .children()
            .find(|field| field.attr("var") == Some("expect"))?;
        Some(field.children().next()?.text())
    });
    let Some(scene) = scenes.get(&format!("{node}{}", expect.unwrap_or_default())) else {
        return Vec::new();
    };
    let from = asked.attr("from").unwrap_or_default();
    let answer = stanza(
        "iq",
        "result",
        asked.attr("to").unwrap_or_default(),
        from,
        asked.attr("id"),
        &scene.answer,
    );
    let pair = from
        .split('@')
        .next()
        .unwrap_or_default()
        .trim_start_matches(['a', 'b']);
    let messages = scene.told.iter().map(|(seat, children)| {
        let to = format!("{}{pair}@{HOST}", ["a", "b"][*seat]);
        stanza(
            "message",
            "headline",
            &format!("m{pair}@{ECHO}"),
            &to,
            Some(&format!("m{pair}/{node}")),
            children,
        )
    });
    [answer].into_iter().chain(messages).collect()
}

fn stanza(
    name: &str,
    kind: &str,
    from: &str,
    to: &str,
    id: Option<&str>,
    children: &[Element],
) -> Element {
    let mut stanza = Element::bare(name, ns::DEFAULT_NS);
    let attributes = [
        ("type", Some(kind)),
        ("from", Some(from)),
        ("to", Some(to)),
        ("id", id),
    ];
    for (name, value) in attributes {
        if let (Ok(name), Some(value)) = (minidom::rxml::NcName::try_from(name), value) {
            stanza.set_attr(minidom::rxml::Namespace::NONE, name, value);
        }
    }
    children.iter().for_each(|child| {
        stanza.append_child(child.clone());
    });
    stanza
}
