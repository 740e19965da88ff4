//! Whether a target's certificate is one of the production IGC-Santé: then it is no test platform.

use fixtures::{
    dn::{AttributeType, DistinguishedName},
    smtp::guard::{Guard, Sight},
};
use rustls::pki_types::CertificateDer;
use x509_parser::parse_x509_certificate;

/// A guard that refuses every chain with an issuer of the production IGC-Santé. A `demanding` one lets
/// no mail pass to a target that has STARTTLS before a certificate was read.
#[must_use]
pub fn guard(demanding: bool) -> Guard {
    if demanding { Guard::demanding(tell) } else { Guard::new(tell) }
}

/// Whether the leaf of this chain can be read; an empty chain cannot.
pub(super) fn is_readable(chain: &[CertificateDer<'static>]) -> bool {
    chain.first().is_some_and(|leaf| issuer(leaf).is_some())
}

fn tell(chain: &[CertificateDer<'static>]) -> Sight {
    let production = chain.iter().filter_map(issuer).find(is_production);
    match production {
        Some(issuer) => {
            Sight::Refused(format!("certificat de l'IGC-Santé de production ({issuer})"))
        }
        None if is_readable(chain) => Sight::Sound,
        None => Sight::Unreadable,
    }
}

fn issuer(certificate: &CertificateDer<'static>) -> Option<DistinguishedName> {
    let (_, parsed) = parse_x509_certificate(certificate).ok()?;
    DistinguishedName::from_x509(parsed.issuer()).ok()
}

/// Whether `issuer` is an authority of the production IGC-Santé: its organisation is ASIP-SANTE or
/// the ANS, one of its names holds `IGC-SANTE`, and none says `TEST`, as every test authority does
/// (GUIDE, certificates of test and of production).
#[must_use]
pub fn is_production(issuer: &DistinguishedName) -> bool {
    let texts =
        || issuer.attributes().filter_map(|attribute| Some((&attribute.kind, attribute.text()?)));
    let test = texts().any(|(_, text)| words(text).any(|word| word == "TEST"));
    let igc = texts().any(|(_, text)| fold(text).contains("IGC SANTE"));
    let agency =
        texts().filter(|(kind, _)| **kind == AttributeType::Organization).any(|(_, text)| {
            let folded = fold(text);
            folded == "ASIP SANTE"
                || folded.contains("AGENCE DU NUMERIQUE EN SANTE")
                || words(text).any(|word| word == "ANS")
        });
    igc && agency && !test
}

/// In capitals, without accents, words apart by one space.
fn fold(text: &str) -> String {
    words(text).collect::<Vec<_>>().join(" ")
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let plain: String = text
        .chars()
        .flat_map(char::to_uppercase)
        .map(|c| match c {
            'É' | 'È' | 'Ê' => 'E',
            c if c.is_alphanumeric() => c,
            _ => ' ',
        })
        .collect();
    plain.split_whitespace().map(str::to_owned).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::production(
        "CN=AC IGC-SANTE ELEMENTAIRE ORGANISATIONS,OU=IGC-SANTE ELEMENTAIRE,OU=0002 187512751,O=ASIP-SANTE,C=FR",
        true
    )]
    #[case::ans("CN=AC IGC-SANTE ELEMENTAIRE ORGANISATIONS,O=ANS,C=FR", true)]
    #[case::agency(
        "CN=AC X,OU=IGC-SANTE ELEMENTAIRE,O=AGENCE DU NUMERIQUE EN SANTE (ANS),C=FR",
        true
    )]
    #[case::accents("CN=AC IGC-Santé,O=Agence du Numérique en Santé,C=FR", true)]
    #[case::of_test(
        "CN=TEST AC IGC-SANTE ELEMENTAIRE ORGANISATIONS,OU=IGC-SANTE ELEMENTAIRE,O=ASIP-SANTE,C=FR",
        false
    )]
    #[case::test_in_the_unit("CN=AC IGC-SANTE,OU=IGC-SANTE TEST,O=ASIP-SANTE,C=FR", false)]
    #[case::simulated(
        "CN=AC IGC-SANTE TEST ELEMENTAIRE ORGANISATIONS,OU=IGC-SANTE TEST,O=ASIP-SANTE TEST,C=FR",
        false
    )]
    #[case::word_that_holds_test("CN=AC IGC-SANTE ATTESTATIONS,O=ASIP-SANTE,C=FR", true)]
    #[case::another_igc("CN=Certigna Services CA,O=DHIMYOTIS,C=FR", false)]
    #[case::organisation_alone("CN=AC CLASSE 4,O=ASIP-SANTE,C=FR", false)]
    #[case::igc_alone("CN=AC IGC-SANTE,O=HOPITAL TRANSPLANTATION,C=FR", false)]
    fn an_issuer_is_told(#[case] issuer: &str, #[case] production: bool) {
        let issuer: DistinguishedName = issuer.parse().expect("a DN");
        assert_eq!(is_production(&issuer), production);
    }
}
