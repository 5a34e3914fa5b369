//! Data forms (XEP-0004): what people fill in, and what programs read.

use minidom::Element;
use xmpp_parsers::data_forms::{DataForm, DataFormType, Field, FieldType, Option_};
use xmpp_parsers::ns;

use super::stanza::{Condition, attribute, el, leaf, writable};
use crate::commands::{FieldKind, FieldOut, FormOut, Reply, Rows, Value};
use crate::kit::Refusal;

/// The FORM_TYPE (XEP-0068) of the forms of commands.
pub const COMMAND_FORM: &str = "urn:x-referee:command:0";

/// A form as it came back.
#[derive(Debug, PartialEq, Eq)]
pub enum Filled {
    /// Filled in: names and values.
    Submitted(Vec<(String, Vec<String>)>),
    /// Given up.
    Cancelled,
}

impl Filled {
    /// The fields, when there are any.
    pub fn fields(self) -> Option<Vec<(String, Vec<String>)>> {
        match self {
            Filled::Submitted(fields) => Some(fields),
            Filled::Cancelled => None,
        }
    }
}

/// Reads a form that somebody sent; its FORM_TYPE is left out. By hand, because every move comes in one and the
/// library's way costs ten times as much.
pub fn read(form: &Element) -> Result<Filled, Condition> {
    match form.attr("type") {
        Some("cancel") => return Ok(Filled::Cancelled),
        Some("submit" | "form" | "result") => {}
        _ => return Err(Condition::BadPayload),
    }
    let named = |name| move |child: &&Element| child.is(name, ns::DATA_FORMS);
    let fields = form.children().filter(named("field")).filter_map(|field| {
        let values = field.children().filter(named("value"));
        Some((
            field.attr("var")?.to_owned(),
            values.map(Element::text).collect(),
        ))
    });
    Ok(Filled::Submitted(
        fields.filter(|(name, _)| name != "FORM_TYPE").collect(),
    ))
}

/// A form to be filled in.
pub fn asking(form: &FormOut) -> Element {
    let code = form.refused.as_ref().map(|refusal| {
        let mut field = Field::new("code", FieldType::Hidden);
        field.values.push(writable(&refusal.code));
        field
    });
    let fields = code.into_iter().chain(form.fields.iter().map(field));
    let mut asked = DataForm::new(DataFormType::Form, COMMAND_FORM, fields.collect());
    asked.title = some(&form.title);
    asked.instructions = some(&form.instructions);
    asked.into()
}

fn field(out: &FieldOut) -> Field {
    let (kind, options) = match &out.kind {
        FieldKind::Text => (FieldType::TextSingle, Vec::new()),
        FieldKind::Lines => (FieldType::TextMulti, Vec::new()),
        FieldKind::Flag => (FieldType::Boolean, Vec::new()),
        FieldKind::Pick(options) => (FieldType::ListSingle, options.iter().map(option).collect()),
    };
    let mut field = Field::new(&out.name, kind);
    field.label = some(&out.label);
    field.required = out.required;
    field.options = options;
    field.values.extend(some(&out.value));
    field
}

fn option((value, label): &(String, String)) -> Option_ {
    Option_ {
        label: some(label),
        value: writable(value),
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| writable(text))
}

/// The result form of a command that did what was asked; `text` is what a person reads.
pub fn result(reply: &Reply, text: &str) -> Element {
    let own = reply.fields.iter().map(|(name, value)| valued(name, value));
    let mut form = sheet(
        DataFormType::Result_,
        COMMAND_FORM,
        own.chain([lines("text", text)]).collect(),
    );
    if let Some(rows) = &reply.rows {
        table(&mut form, rows);
    }
    form
}

/// The result form of a command that was refused.
pub fn refused(refusal: &Refusal) -> Element {
    let fields = vec![
        lines("code", &refusal.code),
        lines("text", &refusal.to_string()),
    ];
    sheet(DataFormType::Result_, COMMAND_FORM, fields)
}

/// A form of values, to be read and not filled in. By hand, because every answer has one and the library's way was a
/// sixth of all that a move cost.
pub fn sheet(kind: DataFormType, form_type: &str, fields: Vec<Field>) -> Element {
    let form = DataForm::new(kind, form_type, fields);
    let kind = match form.type_ {
        DataFormType::Cancel => "cancel",
        DataFormType::Form => "form",
        DataFormType::Result_ => "result",
        DataFormType::Submit => "submit",
    };
    el("x", ns::DATA_FORMS)
        .attr(attribute("type"), kind)
        .append_all(form.fields.into_iter().map(plain))
        .build()
}

/// A field without label, options and whatever else only a form to be filled in has.
fn plain(field: Field) -> Element {
    let kind = match field.type_ {
        FieldType::Boolean => Some("boolean"),
        FieldType::Fixed => Some("fixed"),
        FieldType::Hidden => Some("hidden"),
        FieldType::JidMulti => Some("jid-multi"),
        FieldType::JidSingle => Some("jid-single"),
        FieldType::ListMulti => Some("list-multi"),
        FieldType::ListSingle => Some("list-single"),
        FieldType::TextMulti => Some("text-multi"),
        FieldType::TextPrivate => Some("text-private"),
        // What a field is when it does not say.
        FieldType::TextSingle => None,
    };
    let value = |text: String| el("value", ns::DATA_FORMS).append(text).build();
    el("field", ns::DATA_FORMS)
        .attr(attribute("var"), field.var)
        .attr(attribute("type"), kind)
        .append_all(field.values.into_iter().map(value))
        .build()
}

/// A field with the value that it has.
pub fn valued(name: &str, value: &Value) -> Field {
    match value {
        Value::Text(text) => lines(name, text),
        Value::List(values) => {
            let mut field = Field::new(name, FieldType::TextMulti);
            field
                .values
                .extend(values.iter().map(|value| writable(value)));
            field
        }
    }
}

/// A text of one line or several; values of a `text-multi` field hold no line breaks.
fn lines(name: &str, text: &str) -> Field {
    if text.contains('\n') {
        return valued(
            name,
            &Value::List(text.lines().map(str::to_owned).collect()),
        );
    }
    Field::text_single(name, &writable(text))
}

/// Adds a table: `<reported/>` and one `<item/>` per row (XEP-0004 3.4).
pub fn table(form: &mut Element, rows: &Rows) {
    let heads = rows.columns.iter().map(|(name, label)| {
        el("field", ns::DATA_FORMS)
            .attr(attribute("var"), *name)
            .attr(attribute("label"), *label)
            .attr(attribute("type"), "text-single")
            .build()
    });
    form.append_child(el("reported", ns::DATA_FORMS).append_all(heads).build());
    for row in &rows.rows {
        let cells = rows.columns.iter().zip(row).map(|((name, _), value)| {
            el("field", ns::DATA_FORMS)
                .attr(attribute("var"), *name)
                .append(leaf("value", ns::DATA_FORMS, value))
                .build()
        });
        form.append_child(el("item", ns::DATA_FORMS).append_all(cells).build());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::{Words, refuse};

    fn value(form: &Element, name: &str) -> Vec<String> {
        let field = form
            .children()
            .find(|field| field.attr("var") == Some(name))
            .expect(name);
        field
            .children()
            .filter(|child| child.name() == "value")
            .map(Element::text)
            .collect()
    }

    #[test]
    fn what_is_written_by_hand_is_what_the_library_writes() {
        let fields = || {
            let list = Value::List(vec!["a".to_owned(), String::new(), "<&>".to_owned()]);
            let mut kinds = vec![
                valued("moves", &list),
                lines("text", "one\ntwo"),
                lines("empty", ""),
            ];
            for kind in [
                "boolean",
                "fixed",
                "jid-multi",
                "jid-single",
                "list-multi",
                "list-single",
                "text-private",
            ] {
                kinds.push(Field::new(kind, kind.parse().unwrap()).with_value("1"));
            }
            kinds
        };
        for kind in [
            DataFormType::Form,
            DataFormType::Result_,
            DataFormType::Submit,
        ] {
            let library = DataForm::new(kind.clone(), "urn:x", fields());
            let form = sheet(kind, "urn:x", fields());
            assert_eq!(form, Element::from(library.clone()));
            let Ok(Filled::Submitted(read)) = read(&form) else {
                panic!("{form:?}")
            };
            let known = library.fields.into_iter().skip(1);
            let known: Vec<_> = known
                .map(|field| (field.var.unwrap(), field.values))
                .collect();
            assert_eq!(read, known);
        }
    }

    #[test]
    fn results_have_fields_text_and_a_table() {
        let columns = &[("match", "Match"), ("state", "State")];
        let rows = vec![
            vec!["m1".to_owned(), "over".to_owned()],
            vec!["m2".to_owned(), "open".to_owned()],
        ];
        let reply = Reply::words(Words::line("Two.").board("x o"))
            .with("version", "3")
            .with_rows(columns, rows);
        let form = result(&reply, &reply.words.plain());
        assert_eq!(form.attr("type"), Some("result"));
        assert_eq!(value(&form, "FORM_TYPE"), [COMMAND_FORM]);
        assert_eq!(value(&form, "version"), ["3"]);
        assert_eq!(value(&form, "text"), ["Two.", "x o"]);
        let names: Vec<_> = form.children().map(Element::name).collect();
        assert_eq!(
            names,
            ["field", "field", "field", "reported", "item", "item"]
        );
        let last = form.children().last().unwrap();
        assert_eq!(value(last, "state"), ["open"]);
    }

    #[test]
    fn refusals_have_code_and_text() {
        let form = refused(&refuse("match/not-your-turn", "It is not your turn."));
        assert_eq!(value(&form, "code"), ["match/not-your-turn"]);
        assert_eq!(value(&form, "text"), ["It is not your turn."]);
    }

    #[test]
    fn forms_offer_what_may_be_picked() {
        let pick = FieldKind::Pick(vec![
            ("e4".into(), "e2-e4".into()),
            ("d4".into(), String::new()),
        ]);
        let fields = vec![
            FieldOut {
                name: "move".into(),
                label: "Move".into(),
                kind: pick,
                value: String::new(),
                required: true,
            },
            FieldOut {
                name: "room".into(),
                label: String::new(),
                kind: FieldKind::Flag,
                value: "1".into(),
                required: false,
            },
        ];
        let form = asking(&FormOut {
            title: "Move".into(),
            instructions: "Go.".into(),
            fields,
            refused: None,
        });
        let read = DataForm::try_from(form).unwrap();
        assert_eq!(
            (read.title.as_deref(), read.form_type()),
            (Some("Move"), Some(COMMAND_FORM))
        );
        assert_eq!(
            (read.fields[1].options.len(), read.fields[1].required),
            (2, true)
        );
        assert_eq!(read.fields[2].values, ["1"]);
    }
}
