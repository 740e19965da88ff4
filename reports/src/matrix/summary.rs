//! The text that ends a matrix: each mutant, what is wrong, the conclusion.

use proof::matrix::{Matrix, MutantRow, Problem};
use suite::record::Verdict;

use super::outline::{self, Conclusion, found, named_finds, short};
use crate::{
    terminal::{Style, width, wrap},
    words,
};

/// Columns of an id, at most.
const ID: usize = 36;

/// Problems told of, at most; the page has them all.
const MOST: usize = 30;
/// Columns of the first killer, at least.
const KILLER: usize = 12;
/// Columns of all the rest.
const AROUND: usize = 45;

/// The summary of a matrix, ending with a line feed. `page` is the path of `mutants.html`, when it
/// was written.
#[must_use]
pub fn summary(matrix: &Matrix, style: &Style, page: Option<&str>) -> String {
    let mut text = Text { style, out: String::new() };
    text.field(
        "Matrice",
        &format!(
            "suite {} · {} · {} · catalogue {} · graine {}",
            matrix.suite_version,
            words::plural(matrix.scenarios.len(), "scénario"),
            words::plural(matrix.mutants.len(), "mutant"),
            words::short(&matrix.catalogue_sha256),
            matrix.seed
        ),
    );
    for warning in outline::warnings(matrix) {
        text.field("Note", &warning);
    }
    text.line("");
    text.table(matrix);
    text.problems(&matrix.problems());
    let conclusion = Conclusion::of(matrix);
    let figures = outline::figures(matrix).join(" · ");
    let time = words::duration(matrix.duration_ms);
    let head = conclusion.words();
    let painted = style.verdict(conclusion.verdict(), &head);
    text.hanging_after(&head, &painted, &format!("· {figures} · {time}"));
    if let Some(page) = page {
        // Never wrapped: a path is there to be clicked or copied.
        let label = style.dim(&format!("{:7}", "Rapport"));
        text.line(&format!("{label}  {}", words::visible(page)));
    }
    text.out
}

/// The text under construction.
struct Text<'a> {
    style: &'a Style,
    out: String,
}

impl Text<'_> {
    fn line(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    fn field(&mut self, label: &str, text: &str) {
        let label = self.style.dim(&format!("{label:7}"));
        self.hanging(&format!("{label}  "), 9, text);
    }

    fn hanging(&mut self, head: &str, indent: usize, text: &str) {
        let text = words::visible(text);
        for (index, line) in wrap(&text, self.style.columns() - indent).iter().enumerate() {
            match index {
                0 => self.line(&format!("{head}{line}")),
                _ => self.line(&format!("{:indent$}{line}", "")),
            }
        }
    }

    /// `text` behind a head that is painted, wrapped with it.
    fn hanging_after(&mut self, head: &str, painted: &str, text: &str) {
        let lines = wrap(&format!("{head} {text}"), self.style.columns());
        for (index, line) in lines.iter().enumerate() {
            match line.strip_prefix(head) {
                Some(rest) if index == 0 => self.line(&format!("{painted}{rest}")),
                _ => self.line(line),
            }
        }
    }

    /// One paragraph a problem, the first ones.
    fn problems(&mut self, problems: &[Problem]) {
        let mark = self.style.verdict(Verdict::Fail, words::mark(Verdict::Fail));
        for problem in problems.iter().take(MOST) {
            self.hanging(&format!("{mark} "), 2, &problem.to_string());
        }
        match problems.len().saturating_sub(MOST) {
            0 => {}
            1 => self.line("… et un autre, dans mutants.html"),
            more => self.line(&format!("… et {more} autres, tous dans mutants.html")),
        }
        if !problems.is_empty() {
            self.line("");
        }
    }

    /// One line a mutant.
    fn table(&mut self, matrix: &Matrix) {
        if matrix.mutants.is_empty() {
            return;
        }
        let widest = matrix.mutants.iter().map(|mutant| width(&mutant.id)).max();
        // Mark, clause, counts and time stand around the id and the first killer.
        let room = self.style.columns().saturating_sub(AROUND);
        let id = widest.unwrap_or_default().min(ID).min(room.saturating_sub(KILLER)).max(8);
        let rest = room.saturating_sub(id).max(KILLER);
        let head = format!(
            "  {:id$}  {:9}  {:>6}  {:>8}  {:rest$}  {:>10}",
            "mutant", "exigence", "nommés", "trouvent", "premier", "durée"
        );
        let head = self.style.dim(&head);
        self.line(&head);
        for mutant in &matrix.mutants {
            let line = self.row(matrix, mutant, id, rest);
            self.line(&line);
        }
        self.line("");
    }

    fn row(&self, matrix: &Matrix, mutant: &MutantRow, id: usize, rest: usize) -> String {
        let verdict = if found(mutant) { Verdict::Pass } else { Verdict::Fail };
        let mark = self.style.verdict(verdict, words::mark(verdict));
        let named = format!("{}/{}", named_finds(mutant), mutant.killers.len());
        let first = match (&mutant.round.cut_short, mutant.first_killer()) {
            (Some(why), _) => why.as_str(),
            (None, Some((killer, _))) => short(matrix, killer),
            (None, None) => "—",
        };
        format!(
            "{mark} {:id$}  {:9}  {named:>6}  {:>8}  {:rest$}  {:>10}",
            cut(&mutant.id, id),
            mutant.clause,
            mutant.round.finders().count(),
            cut(first, rest),
            words::duration(mutant.round.duration_ms)
        )
    }
}

fn cut(text: &str, columns: usize) -> String {
    let text = words::visible(text);
    if width(&text) <= columns {
        return text.into_owned();
    }
    text.chars().take(columns - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::matrix::sample;

    #[test]
    fn the_summary_stays_as_it_is() {
        let text =
            summary(&sample::matrix(), &Style::default(), Some("target/mutants/mutants.html"));
        insta::assert_snapshot!("summary", text);
    }

    #[test]
    fn a_sound_matrix_is_short() {
        let text = summary(&sample::sound(), &Style::default(), None);
        insta::assert_snapshot!("sound", text);
    }

    #[test]
    fn a_partial_matrix_says_so_first_and_claims_less() {
        let matrix = Matrix { filter: Some("crl".into()), ..sample::matrix() };
        let text = summary(&matrix, &Style::default(), None);
        let note = text.find("Matrice partielle").expect("said");
        assert!(note < text.find("certificat-expire").expect("listed"), "{text}");
        assert!(text.contains("« crl »"), "{text}");
        assert!(!text.contains("ne trouve aucun mutant :"), "{text}");
        assert!(!text.contains("obligatoires sur"), "{text}");
    }

    #[rstest]
    #[case::wide(400, 100)]
    #[case::a_hundred(100, 100)]
    #[case::eighty(80, 80)]
    fn no_line_is_wider_than_the_terminal(#[case] columns: usize, #[case] most: usize) {
        let text = summary(&sample::matrix(), &Style { colour: false, width: columns }, None);
        for line in text.lines() {
            assert!(width(line) <= most, "{} > {most}: {line}", width(line));
        }
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "no control character");
    }
}
