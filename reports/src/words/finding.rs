//! What the check of a dossier found, and what it did not check, in French.

use crate::{
    bundle::{Known, Mismatch, Standing},
    dossier::{Finding, Rendered, Signed, Verification},
};

impl Finding {
    /// It as a sentence, in French.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::File(Mismatch::Changed(name)) => {
                format!("{name} : contenu modifié, son empreinte n'est pas celle du manifeste")
            }
            Self::File(Mismatch::Missing(name)) => format!("{name} : fichier absent du dossier"),
            Self::File(Mismatch::Unlisted(name)) => {
                format!("{name} : fichier ajouté, le manifeste ne le connaît pas")
            }
            Self::Manifest(why) => why.clone(),
            Self::Signature(why) => format!("signature : {why}"),
            Self::Moment(why) => why.clone(),
            Self::Transcript(name) => {
                format!("{name} : transcription nommée par l'enregistrement, absente du dossier")
            }
            Self::Unjudged(why) => why.clone(),
            Self::MissingScenario(id) => {
                format!("{id} : scénario de la campagne, absent de l'enregistrement")
            }
            Self::UnknownScenario(id) => {
                format!("{id} : dans l'enregistrement, mais pas parmi les scénarios de la campagne")
            }
            Self::Unplayed(id) => format!("{id} : verdict rendu sans transcription"),
            Self::Verdict { id, recorded, derived } => format!(
                "{id} : « {} » dans l'enregistrement, « {} » d'après la transcription",
                super::verdict(*recorded),
                super::verdict(*derived)
            ),
            Self::Words { id, parts } => {
                let parts: Vec<_> = parts.iter().map(|part| super::part(part)).collect();
                format!("{id} : texte modifié ({})", parts.join(", "))
            }
            Self::Inconsistent(contradiction) => super::contradiction(contradiction),
            Self::Field { path, recorded, derived } => {
                let quoted = |text: &str| match text {
                    "" => "rien".to_owned(),
                    text => format!("« {} »", super::visible(text)),
                };
                format!(
                    "{} : {} dans l'enregistrement, {} d'après la suite et les transcriptions",
                    super::field(path),
                    quoted(recorded),
                    quoted(derived)
                )
            }
            Self::Document(name) => {
                format!(
                    "{name} : ne dit pas ce que dit l'enregistrement (document modifié, ou composé par une \
                 autre révision de la suite)"
                )
            }
            Self::Unmade(name) => {
                format!("{name} : ne peut pas être refait, faute de ce dont il est fait")
            }
            Self::Foreign(name) => format!("{name} : n'a pas sa place dans un dossier"),
            Self::Possession => {
                "ce que prouvent les poignées de main TLS n'est pas ce que dit l'enregistrement"
                    .to_owned()
            }
            Self::Counts => "les totaux ne sont pas ceux des scénarios".to_owned(),
            Self::Conclusion { recorded, derived } => format!(
                "conclusion : {} dans l'enregistrement, {} d'après les transcriptions",
                super::conclusion(*recorded),
                super::conclusion(*derived)
            ),
        }
    }
}

/// What was not checked, in French.
pub(crate) fn unchecked(verification: &Verification) -> Vec<String> {
    let compared = matches!(verification.rendered, Rendered::Compared(_));
    let document = |name: &String| {
        let how = if compared { "non refait (--pdf)" } else { "non refait" };
        let digest = match verification.manifest {
            Some(_) => " : son empreinte seule l'est",
            None => "",
        };
        format!("{name}, {how}{digest}")
    };
    let mut unchecked: Vec<String> = verification.unchecked.iter().map(document).collect();
    let field = |path: &String| {
        format!(
            "{}, dans l'enregistrement : écrit autrement par une autre version de la suite",
            super::visible(path)
        )
    };
    unchecked.extend(verification.uncompared.iter().map(field));
    for Signed { signature, standing, .. } in &verification.signatures {
        let subject = &signature.subject;
        match standing {
            Standing::Unasked => unchecked.push(format!(
                "qui répond de {subject}, et si son certificat est révoqué (--trust, --crl)"
            )),
            Standing::Attached { revocation, .. } | Standing::Named { revocation } => {
                match revocation.known {
                    Known::Checked => {}
                    Known::OfTheSigner => {
                        unchecked.push(format!("la révocation des autorités de {subject} (--crl)"));
                    }
                    // Who answers for itself alone has nobody above to revoke it.
                    _ if signature.self_signed => {}
                    Known::NoList
                    | Known::OtherIssuers
                    | Known::IssuerMissing
                    | Known::ListExpired => {
                        unchecked.push(format!("la révocation du certificat de {subject} (--crl)"));
                    }
                }
            }
            Standing::Revoked { .. } | Standing::Unattached(_) => {}
        }
    }
    if verification.earlier {
        unchecked.push(
            "la campagne antérieure : ses transcriptions ne sont pas dans le dossier, la comparaison \
             repose sur son seul enregistrement"
                .to_owned(),
        );
    }
    unchecked
}
