//! Each error of the scenario format, as its author sees it.

use std::{fmt::Write as _, fs, path::Path};

use miette::{GraphicalReportHandler, GraphicalTheme};
use rstest::rstest;
use suite::scenario::{
    Action, DeliverySubject, LoadErrors, Problem, ReversePath, Scenario, ScenarioId, Transaction,
    load,
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios");

const SOUND: &str = r#"title = "Témoin"
purpose = "Accepté."
clause = "TM3.1P/5c"
source = "ERR §2.2 étape 5"
level = "must"
[expect]
outcome = "accepted"
"#;

/// A family whose nominal scenario is the sound one.
const FAMILY: &str = r#"title = "Réception"
transaction = "TM3.1P"
rules = "reception"
scope = "Réception TM3.1P"
nominal = "temoin"
step = []
"#;

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().expect("below the root")).expect("a folder of ours");
    fs::write(path, text).expect("a file of ours");
}

fn errors_of(files: &[(&str, &str)]) -> LoadErrors {
    load(folder_of(files).path()).expect_err("the files are wrong")
}

/// A folder with the true clauses and interpretations, a sound twin, and these files.
fn folder_of(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder of ours");
    for name in ["reception/clauses.toml", "interpretations.md"] {
        let text = fs::read_to_string(Path::new(ROOT).join(name)).expect("the catalogue");
        write(folder.path(), name, &text);
    }
    write(folder.path(), "reception/famille.toml", FAMILY);
    write(folder.path(), "reception/temoin.toml", SOUND);
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    folder
}

fn rendered(errors: &LoadErrors) -> String {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .with_width(100)
        .with_links(false);
    errors.problems.iter().fold(String::new(), |mut out, problem| {
        handler.render_report(&mut out, problem).expect("a string takes all");
        let _ = writeln!(out);
        out
    })
}

/// The sound scenario under another title, with one text replaced by another.
fn with(old: &str, new: &str) -> String {
    assert!(SOUND.contains(old), "{old} is not in the sound scenario");
    SOUND.replace("Témoin", "Essai").replace(old, new)
}

/// The sound scenario's head, then these lines.
fn head(rest: &str) -> String {
    let (head, _) = SOUND.split_once("[expect]").expect("the sound scenario has one");
    head.replace("Témoin", "Essai") + rest
}

/// The sound scenario in variants, which differ by `{word}`.
fn variants(lines: &str) -> String {
    with("Accepté", "Accepté {word}").replace("Essai", "Essai {variant}") + "[variants]\n" + lines
}

#[rstest]
#[case::syntax(with("level = \"must\"", "level = must"))]
#[case::unknown_key(with("level", "levle = \"must\"\nlevel"))]
#[case::unknown_keys_in_tables(with(
    "[expect]",
    "[peer]\ncertificat = \"valid\"\ncolour = 1\n[expect]"
))]
#[case::missing_keys("title = \"Essai\"\nlevel = \"must\"\n[expect]\noutcome = \"accepted\"\n".to_owned())]
#[case::wrong_type(with("level = \"must\"", "level = 3"))]
#[case::empty_title(with("\"Accepté.\"", "\" \""))]
#[case::unknown_level(with("\"must\"", "\"shall\""))]
#[case::unknown_clause(with("TM3.1P/5c", "TM3.1P/5z"))]
#[case::unknown_outcome(with("\"accepted\"", "\"acepted\""))]
#[case::unknown_operator(with("[expect]", "[peer]\noperator = \"alfa\"\n[expect]"))]
#[case::unknown_certificate(with("[expect]", "[peer]\ncertificate = \"expird\"\n[expect]"))]
#[case::unknown_peer_values(with(
    "[expect]",
    "[peer]\nehlo = \"x\"\nptr = \"y\"\ntls = \"z\"\n[expect]"
))]
#[case::list_served_in_an_unknown_way(with("[expect]", "[list]\nserved = \"unsignd\"\n[expect]"))]
#[case::removal_of_what_is_not_listed(with(
    "[expect]",
    "[list]\nremove = [\"zeta-ter.mssante.test\"]\n[expect]"
))]
#[case::entry_without_a_dn(with(
    "[expect]",
    "[list]\nadd = [{ domain = \"a.test\" }, { domain = \"b.test\", dn = \"CN\" }]\n[expect]"
))]
#[case::request_without_a_list(with("[expect]", "[request]\nlist = \"hote\"\n[expect]"))]
#[case::revoked_of_another(with(
    "[expect]",
    "[peer]\noperator = \"beta\"\nrevoked = true\n[expect]"
))]
#[case::revoked_beside_another_certificate(with(
    "[expect]",
    "[peer]\noperator = \"epsilon\"\nrevoked = true\ncertificate = \"expired\"\n[expect]"
))]
#[case::revoked_under_another_name(with(
    "[expect]",
    "[peer]\noperator = \"epsilon\"\nrevoked = true\nlisted = \"listed\"\n\
     dn = [[\"CN=a\"], [\"C=FR\"]]\n[expect]"
))]
#[case::name_that_is_not_said_to_be_listed(with(
    "[expect]",
    "[peer]\ndn = [[\"CN=a\"], [\"C=FR\"]]\n[expect]"
))]
#[case::name_beside_a_change_of_name(with(
    "[expect]",
    "[peer]\ncertificate = \"extra-rdn\"\nlisted = \"listed\"\ndn = [[\"CN=a\"], [\"C=FR\"]]\n[expect]"
))]
#[case::name_that_is_none(with(
    "[expect]",
    "[peer]\nlisted = \"listed\"\ndn = [[\"a\"]]\n[expect]"
))]
#[case::size_of_no_text(with("[expect]", "[message]\nkind = \"signed\"\nsize = 10\n[expect]"))]
#[case::size_beyond_the_most(with("[expect]", "[message]\nsize = 8388609\n[expect]"))]
#[case::delivery_of_another_outcome(with("outcome", "delivery = \"none\"\noutcome"))]
#[case::delivery_of_nothing_delivered(head(
    "script = ['session', 'quit']\n[expect]\ndelivery = \"intact\"\n"
))]
#[case::delivery_of_a_probe(head(
    "[probe]\nhello = \"ssl3\"\n[expect]\noutcome = \"refused\"\ndelivery = \"intact\"\n"
))]
#[case::unknown_capability(with("[expect]", "needs = [\"mail-box\"]\n[expect]"))]
#[case::unknown_message(with("[expect]", "[message]\nkind = \"novel\"\n[expect]"))]
#[case::unknown_probe(head("[probe]\nhello = \"tls0.9\"\n[expect]\noutcome = \"accepted\"\n"))]
#[case::unknown_inspection(head("[inspect]\ncertificate = \"colour\"\n"))]
#[case::unknown_variable(with("[expect]", "[envelope]\nfrom = \"{pear.from}\"\n[expect]"))]
#[case::variable_after_accents(with("[expect]", "[envelope]\nto = [\"é{mailboxe}\"]\n[expect]"))]
#[case::script_word(head("script = ['session', 'rctp']\n"))]
#[case::script_reply(head("script = [\n  'session',\n  '< 5xx|fermé',\n]\n"))]
#[case::script_reply_option(head("script = ['session', '< 250 hass STARTTLS']\n"))]
#[case::script_variable(head("script = ['session', '> MAIL FROM:<{peer.form}>']\n"))]
#[case::script_escape(head("script = ['session', '>> a\\q']\n"))]
#[case::script_escape_in_escaped_string(head("script = [\"session\", \">> a\\\\q\"]\n"))]
#[case::script_repetition(head("script = ['session', '5000 * rcpt']\n"))]
#[case::script_outcome(head("script = ['session']\n[expect]\noutcome = \"refused\"\n"))]
#[case::script_empty(head("script = []\n"))]
#[case::no_outcome(head(""))]
#[case::two_kinds(head("script = ['session']\n[probe]\nhello = \"ssl3\"\n"))]
#[case::unused_tables(head(
    "[envelope]\nfrom = \"<>\"\n[expect]\noutcome = \"refused\"\n[[transaction]]\noutcome = \"accepted\"\n"
))]
#[case::effects_of_a_transaction(with("outcome", "delivered = [\"{token}\"]\noutcome"))]
#[case::either_that_must(with("\"accepted\"", "\"either\""))]
#[case::may_that_expects(with("\"must\"", "\"may\""))]
#[case::dangling_twin(with("level", "twin = \"reception/temoine\"\nlevel"))]
#[case::dangling_interpretation(with("level", "interpretation = \"nulle-part\"\nlevel"))]
#[case::refusal_without_twin(with("\"accepted\"", "\"refused\""))]
#[case::twin_of_itself(with("level", "twin = \"reception/essai\"\nlevel"))]
#[case::duplicate_title(SOUND.to_owned())]
#[case::variants_no_tables(with("[expect]", "[variants]\na = 1\n[expect]"))]
#[case::variants_alone(with("Accepté", "Accepté {word}").replace("[expect]", "[variants]\na = { word = 'x' }\n[expect]"))]
#[case::variants_odd_names(variants(
    "A = { word = 'x', token = 'y', 'é' = 'z', variant = '', no = '' }\nb = {}"
))]
#[case::variants_same_title(variants("a = { word = 'x' }\nb = { word = 'y' }").replace("Essai {variant}", "Essai"))]
#[case::variants_one_wrong(variants("a = { word = 'x', tls = '1.2' }\nb = { word = 'y', tls = '1.4' }")
    .replace("[expect]", "[peer]\ntls = '{tls}'\n[expect]"))]
#[case::variants_both_wrong(variants("a = { word = 'x' }\nb = { word = 'y' }").replace("must", "shall"))]
#[case::variants_dangling_twin(variants("a = { word = 'x' }\nb = { word = 'y' }")
    .replace("[expect]", "twin = 'reception/temoin-{variant}'\n[expect]"))]
#[case::all_at_once(
    "title = \"Essai\"\ncolour = 1\npurpose = \"\"\nclause = \"X\"\nsource = \"ERR\"\nlevel = \"shall\"\n\
     script = ['sesion', '< 1']\n[peer]\noperator = \"alfa\"\nsize = 2\n".to_owned()
)]
fn a_wrong_scenario_is_shown_where_it_is_wrong(#[case] text: String) {
    let errors = errors_of(&[("reception/essai.toml", &text)]);
    insta::with_settings!({ description => text, omit_expression => true }, {
        insta::assert_snapshot!(case_name(), rendered(&errors));
    });
}

/// What a file says is what is loaded, at the limit of what it may say.
#[rstest]
#[case::size_at_the_most(with("[expect]", "[message]\nsize = 8388608\n[expect]"), |essai: &Scenario| {
    first(essai).size == Some(8_388_608)
})]
#[case::no_sender(with("[expect]", "[envelope]\nfrom = \"none\"\n[expect]"), |essai: &Scenario| {
    first(essai).from == ReversePath::Absent
})]
#[case::null_sender(with("[expect]", "[envelope]\nfrom = \"<>\"\n[expect]"), |essai: &Scenario| {
    first(essai).from == ReversePath::Null
})]
#[case::delivery(with("outcome", "delivery = \"intact\"\noutcome"), |essai: &Scenario| {
    essai.delivery == Some(DeliverySubject::Intact)
})]
#[case::revoked(
    with("[expect]", "[peer]\noperator = \"epsilon\"\ncertificate = \"valid\"\nrevoked = true\n[expect]"),
    |essai: &Scenario| essai.peer.revoked
)]
#[case::name_beside_another_certificate(
    with(
        "[expect]",
        "[peer]\ncertificate = \"expired\"\nlisted = \"unlisted\"\ndn = [[\"CN=a, b\"], [\"C=FR\"]]\n[expect]"
    ),
    |essai: &Scenario| {
        essai.peer.name.as_ref().is_some_and(|name| name.to_string() == "CN=a\\, b,C=FR")
    }
)]
#[case::not_revoked(with("[expect]", "[peer]\nrevoked = false\n[expect]"), |essai: &Scenario| !essai.peer.revoked)]
fn what_is_written_is_loaded(#[case] text: String, #[case] holds: fn(&Scenario) -> bool) {
    let folder = folder_of(&[("reception/essai.toml", &text)]);
    let library = load(folder.path()).unwrap_or_else(|errors| panic!("{}", rendered(&errors)));
    let id = ScenarioId::from("reception/essai".to_owned());
    assert!(holds(library.scenario(&id).expect("loaded")));
}

fn first(scenario: &Scenario) -> &Transaction {
    let Action::Transactions(all) = &scenario.action else { panic!("it sends") };
    &all[0]
}

#[test]
fn an_id_of_two_files_is_shown() {
    let two = variants("a = { word = 'x' }\nb = { word = 'y' }");
    let errors = errors_of(&[
        ("reception/essai.toml", &two),
        ("reception/essai-a.toml", &with("Accept", "Accept")),
    ]);
    insta::assert_snapshot!("id_of_two_files", rendered(&errors));
}

#[test]
fn a_twin_in_a_file_that_was_not_read_well_is_not_missing() {
    let two = variants("a = { word = 'x' }\nb = { word = 'y' }").replace("must", "shall");
    let twin = with("level", "twin = \"reception/essai-a\"\nlevel");
    let errors = errors_of(&[("reception/essai.toml", &two), ("reception/autre.toml", &twin)]);
    let files: Vec<&str> = errors.problems.iter().map(Problem::file).collect();
    assert_eq!(files, ["reception/essai.toml"]);
}

#[test]
fn a_twin_that_expects_a_refusal_is_shown() {
    let refused = with("\"accepted\"", "\"refused\"");
    let first = refused.replace("level", "twin = \"reception/temoin\"\nlevel");
    let second =
        refused.replace("Essai", "Autre").replace("level", "twin = \"reception/a\"\nlevel");
    let errors = errors_of(&[("reception/a.toml", &first), ("reception/b.toml", &second)]);
    insta::assert_snapshot!("negative_twin", rendered(&errors));
}

#[test]
fn a_twin_of_another_world_is_shown() {
    let list = |domain: &str| {
        let dn = "CN=mx.alpha.mssante.test,OU=1750000010,O=HOPITAL ALPHA TEST,ST=Paris (75),C=FR";
        let entry = format!("{{ domain = \"{domain}\", dn = \"{dn}\" }}");
        with("[expect]", &format!("[list]\nadd = [{entry}]\n[expect]"))
    };
    let first = list("a.mssante.test").replace("level", "twin = \"reception/b\"\nlevel");
    let second = list("b.mssante.test").replace("Essai", "Autre");
    let errors = errors_of(&[("reception/a.toml", &first), ("reception/b.toml", &second)]);
    insta::assert_snapshot!("twin_of_another_world", rendered(&errors));
}

#[test]
fn twins_in_a_circle_are_shown() {
    let first = with("level", "twin = \"reception/b\"\nlevel");
    let second =
        first.replace("Essai", "Autre").replace("twin = \"reception/b\"", "twin = \"reception/a\"");
    let errors = errors_of(&[("reception/a.toml", &first), ("reception/b.toml", &second)]);
    insta::assert_snapshot!("twin_circle", rendered(&errors));
}

#[test]
fn an_id_with_bad_characters_is_shown() {
    let errors = errors_of(&[("reception/Été 1.toml", &with("level", "level"))]);
    insta::assert_snapshot!("bad_id", rendered(&errors));
}

#[test]
fn a_bad_catalogue_is_shown() {
    let clauses =
        "[[clause]]\nid = \"TM3.1P/9\"\nwording = \"w\"\nsource = \"s\"\nlevel = \"must\"\n";
    let register = "## Bad Slug\n\ntext\n\n## a\n\n## a\n\ntext\n";
    let errors =
        errors_of(&[("reception/clauses.toml", clauses), ("interpretations.md", register)]);
    insta::assert_snapshot!("bad_catalogue", rendered(&errors));
}

#[test]
fn a_bad_family_is_shown() {
    let family = r#"title = " "
transaction = "TM3.1P"
rules = "recption"
scope = "Réception TM3.1P"
nominal = "temoin"
étapes = 3

[[step]]
folder = "1-PTR"
title = "Étape 1"

[[step]]
folder = "2-smtp"
title = ""

[[step]]
folder = "2-smtp"
title = "Étape 2"

[[outside]]
title = "L'émission"
text = ""
"#;
    let errors = errors_of(&[("reception/famille.toml", family)]);
    insta::assert_snapshot!("bad_family", rendered(&errors));
}

/// A nominal scenario that is not there or expects a refusal, a clause of two families, a folder without its family,
/// two that are called as the controls or their transcripts are, and a scenario without a folder.
#[test]
fn families_are_whole_and_apart() {
    let absent = FAMILY.replace("\"temoin\"", "\"absent\"");
    let clauses = fs::read_to_string(Path::new(ROOT).join("reception/clauses.toml")).expect("read");
    let errors = errors_of(&[
        ("reception/famille.toml", &absent),
        ("autre/famille.toml", FAMILY),
        ("autre/clauses.toml", &clauses),
        ("autre/temoin.toml", &with("accepted", "refused").replace("\"must\"", "\"should\"")),
        ("controle/famille.toml", FAMILY),
        ("controle/clauses.toml", "clause = []"),
        ("controle-reception/famille.toml", FAMILY),
        ("controle-reception/clauses.toml", "clause = []"),
        ("sans-famille/essai.toml", &with("Accepté.", "Accepté aussi.")),
        ("nulle-part.toml", &with("Accepté.", "Accepté encore.")),
    ]);
    insta::assert_snapshot!("families", rendered(&errors));
}

/// Scenarios whose ids differ only by what separates their parts, in a family and across two.
#[test]
fn no_two_transcripts_have_one_name() {
    let sound = with("Accepté.", "Accepté aussi.");
    let theirs = sound.replace("TM3.1P/5c", "AUTRE/1");
    let clauses = r#"[[clause]]
id = "AUTRE/1"
wording = "Une clause."
source = "ERR §2.2"
level = "must"
[clause.consequence]
refused = "Un courrier pourrait être perdu."
"#;
    let errors = errors_of(&[
        ("reception/5-a/b.toml", &sound),
        ("reception/5/a-b.toml", &sound),
        ("reception-5/famille.toml", FAMILY),
        ("reception-5/clauses.toml", clauses),
        ("reception-5/a-b.toml", &theirs),
    ]);
    let text = rendered(&errors);
    assert_eq!(text.matches("would have the name of that of").count(), 2, "{text}");
}

#[test]
fn a_file_that_cannot_be_read_is_shown() {
    let folder = tempfile::tempdir().expect("a folder of ours");
    for name in ["reception/clauses.toml", "interpretations.md"] {
        let text = fs::read_to_string(Path::new(ROOT).join(name)).expect("the catalogue");
        write(folder.path(), name, &text);
    }
    write(folder.path(), "reception/famille.toml", FAMILY);
    write(folder.path(), "reception/temoin.toml", SOUND);
    write(folder.path(), "reception/long.toml", &"#".repeat(300_000));
    fs::write(folder.path().join("reception/octets.toml"), [0xff, 0xfe]).expect("a file of ours");
    let errors = load(folder.path()).expect_err("neither can be read");
    insta::assert_snapshot!("unreadable", rendered(&errors));
}

#[test]
fn the_errors_as_a_whole_say_how_many_and_where() {
    let errors = errors_of(&[("reception/essai.toml", "title = 1")]);
    let text = errors.to_string();
    assert!(text.contains("fault(s) below") && text.contains("no scenario is played"), "{text}");
    assert!(miette::Diagnostic::related(&errors).is_some_and(|all| all.count() > 1));
}

#[test]
fn an_empty_folder_lacks_its_catalogue() {
    let folder = tempfile::tempdir().expect("a folder of ours");
    let errors = load(folder.path()).expect_err("nothing is there");
    insta::assert_snapshot!("empty_folder", rendered(&errors));
}

/// The part of the test's name that is its case.
fn case_name() -> String {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or_default();
    name.rsplit("::").next().map(strip_case).unwrap_or_default().to_owned()
}

/// `case_01_syntax` is `syntax`.
fn strip_case(name: &str) -> &str {
    name.strip_prefix("case_").and_then(|rest| rest.split_once('_')).map_or(name, |(_, name)| name)
}
