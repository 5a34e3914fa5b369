//! Search (XEP-0055) over public matches and people: by game, by player, by state; or over clans, by name.

use minidom::Element;
use xmpp_parsers::data_forms::{DataForm, DataFormType, Field, FieldType};
use xmpp_parsers::ns;
use xmpp_parsers::rsm::SetQuery;

use super::disco;
use super::forms::{self, Filled};
use super::mug::discover as mug;
use super::stanza::{Condition, el, leaf};
use crate::commands::{Listing, Rows, Sight};

/// The namespace, and the FORM_TYPE of its forms.
pub const SEARCH: &str = "jabber:iq:search";

const FIELDS: [(&str, &str); 5] = [
    ("game", "Game, such as chess"),
    ("player", "Handle of a player"),
    ("state", "State, such as started or over"),
    ("clan", "Part of the tag or name of a clan"),
    ("recruiting", "Clans that take new members: yes"),
];
const HELP: &str = "Fill in what you look for; leave the rest empty.";

/// What may be searched for. Clients without forms get the one old field that fits: a nickname.
pub fn fields() -> Element {
    let field = |(name, label): &(&str, &str)| {
        let mut field = Field::new(name, FieldType::TextSingle);
        field.label = Some((*label).to_owned());
        field
    };
    let mut form = DataForm::new(
        DataFormType::Form,
        SEARCH,
        FIELDS
            .iter()
            .map(field)
            .chain(mug::search_fields())
            .collect(),
    );
    form.title = Some("Search for matches, people or clans".to_owned());
    form.instructions = Some(HELP.to_owned());
    el("query", SEARCH)
        .append(leaf("instructions", SEARCH, HELP))
        .append(Element::bare("nick", SEARCH))
        .append(Element::from(form))
        .build()
}

/// How what was found is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As items of XEP-0055, without a form.
    Items,
    /// As a form with our columns.
    Form,
    /// As a form with the columns of the MUG ProtoXEP.
    Mug,
}

/// Reads a search, and says how the answer is to be written.
pub fn read(query: &Element) -> Result<(Sight, Style), Condition> {
    let filled = query
        .get_child("x", ns::DATA_FORMS)
        .map(forms::read)
        .transpose()?
        .and_then(Filled::fields);
    let rsm = query
        .get_child("set", ns::RSM)
        .map(|set| SetQuery::try_from(set.clone()));
    let rsm = rsm.transpose().map_err(|_| Condition::BadRequest)?;
    let mut style = if filled.is_some() {
        Style::Form
    } else {
        Style::Items
    };
    let given = match filled {
        Some(filled) => filled
            .into_iter()
            .filter_map(|(name, values)| Some((name, values.into_iter().next()?)))
            .collect(),
        None => query
            .get_child("nick", SEARCH)
            .map(|nick| ("player".to_owned(), nick.text()))
            .into_iter()
            .collect(),
    };
    let given: Vec<(String, String)> = given;
    let given = match mug::search(&given).filter(|_| style == Style::Form) {
        Some(theirs) => {
            style = Style::Mug;
            theirs
        }
        None => given,
    };
    let known = given.into_iter().filter(|(name, value)| {
        FIELDS.iter().any(|(field, _)| field == name) && !value.trim().is_empty()
    });
    Ok((
        Sight::Search {
            fields: known.collect(),
            page: disco::page(rsm),
        },
        style,
    ))
}

/// What was found.
pub fn found(rows: &Rows, listing: &Listing, style: Style, domain: &str) -> Element {
    let paged = listing.paged.then(|| Element::from(disco::set(listing)));
    if style != Style::Items {
        let mut form = forms::sheet(DataFormType::Result_, SEARCH, Vec::new());
        match style {
            Style::Mug => forms::table(&mut form, &mug::found(rows)),
            Style::Form | Style::Items => forms::table(&mut form, rows),
        }
        return el("query", SEARCH).append(form).append_all(paged).build();
    }
    let items = listing.items.iter().map(|item| {
        let jid = format!("{}@{domain}", item.local);
        let found = el("item", SEARCH).attr(super::stanza::attribute("jid"), jid);
        found.append(leaf("nick", SEARCH, &item.name)).build()
    });
    el("query", SEARCH)
        .append_all(items)
        .append_all(paged)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::ItemOut;

    fn query(inner: &str) -> Element {
        format!("<query xmlns='{SEARCH}'>{inner}</query>")
            .parse()
            .unwrap()
    }

    fn searched(inner: &str) -> (Vec<(String, String)>, Style) {
        let (Sight::Search { fields, .. }, form) = read(&query(inner)).unwrap() else {
            panic!("no search")
        };
        (fields, form)
    }

    #[test]
    fn old_and_new_searches_are_understood() {
        let form = "<x xmlns='jabber:x:data' type='submit'><field var='game'><value>chess</value></field>\
                    <field var='player'><value> </value></field><field var='other'><value>x</value></field></x>";
        assert_eq!(
            searched(form),
            (vec![("game".into(), "chess".into())], Style::Form)
        );
        assert_eq!(
            searched("<nick>bob</nick>"),
            (vec![("player".into(), "bob".into())], Style::Items)
        );
        assert_eq!(
            read(&query("<x xmlns='jabber:x:data' type='?'/>")).unwrap_err(),
            Condition::BadPayload
        );
    }

    #[test]
    fn each_gets_the_answer_that_it_understands() {
        let rows = Rows {
            columns: &[("match", "Match")],
            rows: vec![vec!["m1".into()]],
        };
        let item = ItemOut {
            local: "m1".into(),
            node: None,
            name: "chess: a - b".into(),
            key: "m1".into(),
        };
        let listing = Listing {
            items: vec![item],
            first_index: 0,
            count: 1,
            paged: true,
        };
        let new = found(&rows, &listing, Style::Form, "r");
        let names: Vec<_> = new
            .get_child("x", ns::DATA_FORMS)
            .unwrap()
            .children()
            .map(Element::name)
            .collect();
        assert_eq!(names, ["field", "reported", "item"]);
        assert!(new.has_child("set", ns::RSM));
        let old = found(&rows, &listing, Style::Items, "r");
        assert_eq!(
            old.get_child("item", SEARCH).unwrap().attr("jid"),
            Some("m1@r")
        );
        assert!(fields().has_child("nick", SEARCH) && fields().has_child("x", ns::DATA_FORMS));
    }
}
