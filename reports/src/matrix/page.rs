//! `mutants.html`: one self-contained file in French, that needs neither network nor JavaScript.

use minijinja::{context, value::Serde};
use proof::matrix::Matrix;

use super::view::View;
use crate::{
    ReportError,
    html::{STYLE, fill},
};

const TEMPLATE: &str = include_str!("templates/mutants.html");
const OWN_STYLE: &str = include_str!("templates/mutants.css");

/// The page as text.
///
/// # Errors
/// None that outside input can cause.
pub fn render(matrix: &Matrix) -> Result<String, ReportError> {
    let m = Serde(View::new(matrix));
    fill(TEMPLATE, context! { m, style => STYLE, own_style => OWN_STYLE })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::sample;

    fn page() -> String {
        render(&sample::matrix()).expect("rendered")
    }

    /// The page without its style, which has its own files to be read in.
    fn body(page: &str) -> &str {
        page.split_once("</style>").expect("a style").1
    }

    #[test]
    fn the_page_stays_as_it_is() {
        insta::assert_snapshot!("mutants.html", body(&page()));
    }

    #[test]
    fn nothing_can_put_markup_in_the_page_and_nothing_is_fetched() {
        let page = page();
        let body = body(&page);
        assert!(!body.contains("<script"), "a script");
        assert!(body.contains("&lt;script&gt;alert("), "its text is shown");
        assert!(body.contains("\\x1b[31m"), "its escape is shown");
        assert!(body.chars().all(|c| c == '\n' || !c.is_control()), "no control character");
        assert!(page.contains("default-src 'none'"));
        for needle in [" src=", "@import", "url(", "<link", "<iframe"] {
            assert!(!page.contains(needle), "{needle}");
        }
    }

    #[test]
    fn every_link_leads_somewhere_and_no_id_is_double() {
        let page = page();
        let ids: Vec<_> =
            page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let links = page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next());
        let mut count = 0;
        for link in links {
            assert_eq!(ids.iter().filter(|id| **id == link).count(), 1, "{link}");
            count += 1;
        }
        assert!(count > sample::matrix().mutants.len());
        for id in &ids {
            assert_eq!(ids.iter().filter(|other| other == &id).count(), 1, "{id}");
        }
    }

    #[test]
    fn every_mark_speaks_without_its_colour() {
        let page = page();
        for cell in page.split("<td><a").skip(1) {
            let tag = cell.split('>').next().unwrap_or_default();
            assert!(tag.contains(" title=\"") && tag.contains(" aria-label=\""), "{tag}");
        }
    }

    #[test]
    fn a_partial_matrix_says_so_before_its_conclusion() {
        let matrix = Matrix { filter: Some("crl".into()), ..sample::matrix() };
        let page = render(&matrix).expect("rendered");
        let conclusion = page.find("id=\"conclusion\"").expect("a conclusion");
        assert!(page.find("Matrice partielle").is_some_and(|at| at < conclusion));
        assert!(!page.contains("ne trouve aucun mutant\u{a0}:"), "no such claim");
    }
}
