//! The French words, marks and figures that all formats share.

use serde::{
    Deserialize as _,
    de::{self, IntoDeserializer as _},
};
use suite::{
    comparison::{Kind, Setting},
    oracle::{Fact as _, reception::facts::Profile},
    record::{AwaitRecord, Level, RunVerdict, Summary, Tier, Verdict},
    scenario::{Filter, model::Capability},
};

mod consistency;
mod control;
mod figure;
mod finding;
mod limit;
mod proof;

pub(crate) use consistency::{UNPROVEN, UNVERIFIED, contradiction, is_declared, observation};
pub(crate) use control::{controls, told as controls_told};
pub(crate) use figure::{duration, moment, short, thousands};
pub use figure::{plural, visible};
pub(crate) use finding::unchecked;
pub(crate) use limit::{held_apart, limits};
pub(crate) use proof::{handshakes, possession};

/// The limit of this suite that every format prints beside the conclusion.
pub(crate) const SOURCES: &str = "Le périmètre est celui des sources publiques citées (erratum du \
    DSFT, guide d'intégration, RFC). Le texte du Référentiel #1 en vigueur n'en fait pas partie.";

/// Order in which verdicts are counted and listed.
pub(crate) const VERDICTS: [Verdict; 6] = [
    Verdict::Pass,
    Verdict::PassWithRemark,
    Verdict::Fail,
    Verdict::Inconclusive,
    Verdict::Skipped,
    Verdict::NotApplicable,
];

/// The sign of a verdict, legible without colour.
#[must_use]
pub fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✔",
        Verdict::PassWithRemark => "▲",
        Verdict::Fail => "✘",
        Verdict::Inconclusive => "?",
        Verdict::Skipped => "○",
        Verdict::NotApplicable => "–",
    }
}

/// The name of a verdict.
pub(crate) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "conforme",
        Verdict::PassWithRemark => "conforme avec remarque",
        Verdict::Fail => "non conforme",
        Verdict::Inconclusive => "non conclusif",
        Verdict::Skipped => "non exécuté",
        Verdict::NotApplicable => "sans objet",
    }
}

/// The name of a verdict that `count` scenarios have, in agreement with it.
pub(crate) fn verdicts(verdict: Verdict, count: usize) -> &'static str {
    match verdict {
        _ if count < 2 => self::verdict(verdict),
        Verdict::Pass => "conformes",
        Verdict::PassWithRemark => "conformes avec remarque",
        Verdict::Fail => "non conformes",
        Verdict::Inconclusive => "non conclusifs",
        Verdict::Skipped => "non exécutés",
        // It does not agree.
        Verdict::NotApplicable => "sans objet",
    }
}

/// A verdict as a CSS class or a type in JUnit.
pub(crate) fn slug(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::PassWithRemark => "remark",
        Verdict::Fail => "fail",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Skipped => "skipped",
        Verdict::NotApplicable => "not-applicable",
    }
}

/// The conclusion of a run, in capitals.
pub(crate) fn conclusion(verdict: RunVerdict) -> &'static str {
    match verdict {
        RunVerdict::Concluant => "CONCLUANT",
        RunVerdict::NonConcluant => "NON CONCLUANT",
        RunVerdict::Inconclusive => "NON CONCLUSIF",
    }
}

/// The name of a level.
pub(crate) fn level(level: Level) -> &'static str {
    match level {
        Level::Must => "obligatoire",
        Level::Should => "recommandé",
        Level::May => "observé",
    }
}

/// The name of a profile, by its name in the record.
pub(crate) fn profile(name: &str) -> &str {
    let known = Profile::NAMES.iter().find(|(known, _)| *known == name);
    known.map_or(name, |(_, profile)| profile.words())
}

/// Capabilities of a target, each by its title; one that this version does not know by its name in
/// the record.
pub(crate) fn capabilities<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let titles: Vec<&str> = names
        .into_iter()
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(|name| {
            let known: Result<Capability, de::value::Error> =
                Capability::deserialize(name.into_deserializer());
            known.map_or(name, |known| known.title())
        })
        .collect();
    if titles.is_empty() { "aucune".to_owned() } else { titles.join(", ") }
}

/// The way in which a target reads anew, by its name in a transcript.
fn refresh(name: &str) -> &str {
    match name {
        "period" => "sa propre période",
        "command" => "la commande déclarée",
        "url" => "l'adresse déclarée",
        "in-process" => "un appel dans ce processus",
        other => other,
    }
}

/// How a read was awaited.
pub(crate) fn awaited(record: &AwaitRecord) -> String {
    let AwaitRecord { what, by, bound_ms, took_ms, said, failed } = record;
    let (by, bound, took) = (refresh(by), duration(*bound_ms), duration(*took_ms));
    let mut line =
        format!("relecture attendue : {what}, par {by}, en {bound} au plus ; terminée en {took}");
    if let Some(said) = said {
        line.push_str(" ; sans succès, ce qui est permis d'une liste qui n'est pas en règle : ");
        line.push_str(said);
    }
    if let Some(why) = failed {
        line.push_str(" ; non vue : ");
        line.push_str(why);
    }
    line
}

/// The name of a tier.
pub(crate) fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::BlackBox => "boîte noire",
        Tier::SimulatedSpace => "espace simulé",
    }
}

/// How many scenarios have a verdict, as the record counts them.
pub(crate) fn count(summary: &Summary, verdict: Verdict) -> u32 {
    match verdict {
        Verdict::Pass => summary.pass,
        Verdict::PassWithRemark => summary.pass_with_remark,
        Verdict::Fail => summary.fail,
        Verdict::Inconclusive => summary.inconclusive,
        Verdict::Skipped => summary.skipped,
        Verdict::NotApplicable => summary.not_applicable,
    }
}

/// The title of a kind of change.
pub(crate) fn change(kind: Kind) -> &'static str {
    match kind {
        Kind::Broken => "Nouvelles non-conformités",
        Kind::Lost => "Jugés avant, et qui ne le sont plus",
        Kind::Gone => "Disparus",
        Kind::Remarked => "Nouvelles remarques",
        Kind::Fixed => "Corrigés",
        Kind::Gained => "Nouvellement jugés, conformes",
        Kind::Cleared => "Remarques levées",
        Kind::Shifted => "Toujours pas jugés, pour une autre cause",
        Kind::New => "Nouveaux scénarios",
        Kind::Reworded => "Énoncés changés, verdict inchangé",
    }
}

/// A part of a scenario's record that was worded otherwise.
pub(crate) fn part(name: &str) -> &str {
    match name {
        "title" => "titre",
        "purpose" => "but",
        "clause" => "clause",
        "clauses" => "texte de la clause",
        "level" => "niveau",
        "permitted" => "issues permises",
        "interpretation" => "interprétation",
        "twin" => "témoin",
        "decisions" => "décisions",
        "stage" => "étape",
        "expected" => "attendu",
        "observed" => "observé",
        "reason" => "motif",
        "evidence" => "preuves",
        other => other,
    }
}

/// A field of the record, by its path.
pub(crate) fn field(path: &str) -> String {
    let name = match path.split('.').next().unwrap_or_default() {
        "schema" => "format",
        "catalogue_sha256" => "catalogue des scénarios",
        "tier" => "palier d'essai",
        "scope" => "portée de la conclusion",
        "remarks" => "remarques",
        "changes" => "changements de l'espace simulé",
        "clauses" => "texte des clauses",
        "interpretations" => "interprétations",
        "families" if path.contains(".controls") => "contrôles",
        "families" => "familles",
        "scenarios" => "scénarios en double ou déplacés",
        "target" if path.starts_with("target.certificate") => "certificat de la cible",
        "target" if path.starts_with("target.capabilities") => "capacités de la cible",
        "target" => "cible",
        _ => return path.to_owned(),
    };
    format!("{name} ({path})")
}

/// What differs between two runs.
pub(crate) fn setting(setting: &Setting) -> String {
    let name = match setting.name {
        "suite_version" => "version de la suite",
        "catalogue_sha256" => "catalogue des scénarios",
        "profile" => "profil",
        "tier" => "palier d'essai",
        "strict" => "mode strict",
        "filter" => "filtre",
        "interrupted" => "exécution interrompue",
        "target.name" => "nom de la cible",
        "target.address" => "adresse de la cible",
        "target.dn" => "DN déclaré",
        "target.certificate" => "certificat présenté",
        "target.capabilities" => "capacités de la cible",
        "world.whitelist_sha256" => "liste blanche",
        other => other,
    };
    let show = |value: &str| match setting.name {
        _ if value.is_empty() => "rien".to_owned(),
        "profile" => profile(value).to_owned(),
        "target.capabilities" => capabilities(value.split(", ")),
        name if name.ends_with("sha256") => short(value),
        _ => format!("« {value} »"),
    };
    let (before, after) = (show(&setting.before), show(&setting.after));
    match (setting.name, setting.before.is_empty(), setting.after.is_empty()) {
        // Each of the two has those that the other lacks.
        ("target.capabilities", false, false) => {
            format!("{name} : en moins, {before} ; en plus, {after}")
        }
        ("target.capabilities", false, true) => format!("{name} : en moins, {before}"),
        ("target.capabilities", true, false) => format!("{name} : en plus, {after}"),
        _ => format!("{name} : {before} avant, {after} après"),
    }
}

/// The filters of a run as typed, the first of many: `« 5b », « !may » et 12 autres`. `None` for a whole run.
pub(crate) fn filter(filter: &Filter) -> Option<String> {
    const MOST: usize = 8;
    let words: Vec<String> = filter.words().map(|word| format!("« {word} »")).collect();
    let shown = words[..words.len().min(MOST)].join(", ");
    match words.len().saturating_sub(MOST) {
        0 => Some(shown).filter(|shown| !shown.is_empty()),
        more => Some(format!("{shown} et {}", plural(more, "autre"))),
    }
}

/// What a filtered run holds: `seuls les scénarios retenus par le filtre « 5b » ont été joués`.
pub(crate) fn partial(by: &Filter) -> Option<String> {
    let many = if by.words().nth(1).is_some() { "les filtres" } else { "le filtre" };
    let words = filter(by)?;
    Some(format!("seuls les scénarios retenus par {many} {words} ont été joués"))
}

/// What a reader must know before the conclusion: a run that is partial, interrupted, strict or
/// played against something else than an operator's proxy.
pub(crate) fn warnings(record: &suite::record::RunRecord) -> Vec<String> {
    let mut warnings = Vec::new();
    if record.interrupted {
        warnings.push(
            "Exécution interrompue : les scénarios qui n'ont pas été atteints sont notés « non joué »."
                .to_owned(),
        );
    }
    if let Some(partial) = partial(&record.filter) {
        warnings.push(format!("Exécution partielle : {partial}."));
    }
    if record.target.embedded {
        warnings.push(
            "La cible est le proxy de référence embarqué : ce rapport ne dit rien d'un opérateur."
                .to_owned(),
        );
    }
    if record.strict {
        warnings
            .push("Mode strict : ce qui est recommandé a été compté comme obligatoire.".to_owned());
    }
    if record.profile != "default" {
        warnings.push(format!(
            "Profil « {} » : la cible n'est pas tenue aux exigences du profil par défaut.",
            profile(&record.profile)
        ));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use suite::record::RunRecord;

    use super::*;
    use crate::{html, json, junit, sample, terminal};

    fn in_the_terminal(record: &RunRecord) -> String {
        terminal::summary(record, &terminal::Style::default(), None, "")
    }

    fn as_html(record: &RunRecord) -> String {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let page = html::render(record, folder.path()).expect("rendered");
        // What a reader sees begins behind the style.
        page[page.find("<body").expect("a body")..].to_owned()
    }

    fn as_junit(record: &RunRecord) -> String {
        String::from_utf8(junit::render(record).expect("rendered")).expect("UTF-8")
    }

    fn as_json(record: &RunRecord) -> String {
        json::render(record).expect("rendered")
    }

    /// Whoever reads a part of the suite knows it before he reads what came of it.
    #[rstest]
    #[case::terminal(in_the_terminal, "filtre « zzz »", "NON CONCLUANT")]
    #[case::html(as_html, "zzz", "class=\"conclusion")]
    #[case::junit(as_junit, "filtre « zzz »", "reception/1-ptr")]
    #[case::json(as_json, "\"filter\": [\n    \"zzz\"\n  ]", "\"verdict\"")]
    fn a_filtered_run_says_so_before_anything_else(
        #[case] render: fn(&RunRecord) -> String,
        #[case] words: &str,
        #[case] result: &str,
    ) {
        let of = |filter: Option<&str>| {
            render(&RunRecord { filter: filter.into_iter().collect(), ..sample::record() })
        };
        let (filtered, whole) = (of(Some("zzz")), of(None));
        let said = filtered.find(words).expect("it is said");
        let came = filtered.find(result).expect("the result is there");
        assert!(said < came, "{words} stands at {said}, {result} at {came}");
        assert!(!whole.contains("zzz") && !whole.contains("Exécution partielle"));
    }

    #[rstest]
    #[case::none(&[], None)]
    #[case::one(&["5b"], Some("seuls les scénarios retenus par le filtre « 5b » ont été joués"))]
    #[case::several(
        &["5b", "!may"],
        Some("seuls les scénarios retenus par les filtres « 5b », « !may » ont été joués")
    )]
    #[case::many(
        &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"],
        Some(
            "seuls les scénarios retenus par les filtres « 1 », « 2 », « 3 », « 4 », « 5 », « 6 », \
             « 7 », « 8 » et 2 autres ont été joués"
        )
    )]
    fn filters_are_told_as_typed(#[case] words: &[&str], #[case] told: Option<&str>) {
        assert_eq!(partial(&words.iter().copied().collect()).as_deref(), told);
    }

    #[rstest]
    #[case::none(Verdict::Fail, 0, "non conforme")]
    #[case::one(Verdict::Skipped, 1, "non exécuté")]
    #[case::several(Verdict::Fail, 4, "non conformes")]
    #[case::remarks(Verdict::PassWithRemark, 2, "conformes avec remarque")]
    #[case::invariable(Verdict::NotApplicable, 3, "sans objet")]
    fn a_verdict_agrees_with_its_count(
        #[case] verdict: Verdict,
        #[case] count: usize,
        #[case] name: &str,
    ) {
        assert_eq!(verdicts(verdict, count), name);
    }

    #[rstest]
    #[case::known(&["mailbox", "simulated-space"], "boîte de test, confiance dans l'espace simulé")]
    #[case::of_another_version(&["mailbox", " telepathy"], "boîte de test, telepathy")]
    #[case::none(&[""], "aucune")]
    fn capabilities_are_told_in_french(#[case] names: &[&str], #[case] told: &str) {
        assert_eq!(capabilities(names.iter().copied()), told);
    }

    #[rstest]
    #[case::profile(
        "profile",
        "default",
        "erratum-2015",
        "profil : par défaut (TLS 1.2 au moins) avant, erratum 2015, à la lettre après"
    )]
    #[case::capabilities_more(
        "target.capabilities",
        "",
        "mailbox, delivery",
        "capacités de la cible : en plus, boîte de test, remises observables"
    )]
    #[case::capabilities_less(
        "target.capabilities",
        "mailbox",
        "",
        "capacités de la cible : en moins, boîte de test"
    )]
    #[case::capabilities_other(
        "target.capabilities",
        "mailbox",
        "delivery",
        "capacités de la cible : en moins, boîte de test ; en plus, remises observables"
    )]
    fn a_setting_is_told_in_french(
        #[case] name: &'static str,
        #[case] before: &str,
        #[case] after: &str,
        #[case] told: &str,
    ) {
        let difference = Setting { name, before: before.to_owned(), after: after.to_owned() };
        assert_eq!(setting(&difference), told);
    }
}
