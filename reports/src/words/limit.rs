//! What a report does not prove, in words: read beside the conclusion, whatever it is.

use suite::record::RunRecord;

use crate::bundle::SIGNATURE;

/// Where the electronic signature of a report is: it covers the document, which cannot tell of it.
pub(crate) fn held_apart() -> String {
    format!(
        "Une signature électronique couvre le dossier entier, ce document compris : elle est hors de lui \
         ({SIGNATURE}), et la commande verify dit qui a signé, et quand."
    )
}

/// What a report on this run does not prove, a sentence each.
pub(crate) fn limits(record: &RunRecord) -> Vec<String> {
    let mut limits = vec![
        "Une homologation : l'agence en décide, sur d'autres pièces aussi.".to_owned(),
        "Ce qui n'a pas été joué : un autre moment, une autre version, un autre réglage, ou ce que la suite \
         n'éprouve pas (« Hors du périmètre de la suite »)."
            .to_owned(),
        "Quel logiciel a répondu : la suite voit un serveur à travers le réseau ; le nom et la version du \
         connecteur sont déclarés."
            .to_owned(),
        "Ce qui est marqué « déclaré, non vérifié » : qui est la cible, ses réglages, l'espace simulé, l'heure."
            .to_owned(),
    ];
    let possession = &record.possession;
    limits.push(match (&possession.challenge, possession.answers()) {
        (None, _) => {
            "Que la campagne a eu lieu : aucun défi n'a été donné, et qui tient la suite peut \
            fabriquer des échanges entiers et cohérents."
                .to_owned()
        }
        (Some(_), true) => {
            "Qui se servait de la clé du certificat : elle a signé chaque poignée de main après \
            le défi, où qu'elle ait été."
                .to_owned()
        }
        (Some(_), false) => {
            "Que toute la campagne est postérieure au défi : des poignées de main n'y \
            répondent pas."
                .to_owned()
        }
    });
    limits
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::sample;

    #[rstest]
    #[case::without_a_challenge(None, 0, "aucun défi n'a été donné")]
    #[case::answered(Some("mot"), 7, "Qui se servait de la clé")]
    #[case::not_always_answered(Some("mot"), 6, "n'y répondent pas")]
    fn what_a_challenge_leaves_open_is_said(
        #[case] challenge: Option<&str>,
        #[case] challenged: u32,
        #[case] words: &str,
    ) {
        let mut record = sample::record();
        record.possession.challenge = challenge.map(str::to_owned);
        (record.possession.handshakes, record.possession.challenged) = (7, challenged);
        let limits = limits(&record);
        assert!(limits[0].contains("homologation"), "{limits:?}");
        assert!(limits.last().is_some_and(|last| last.contains(words)), "{limits:?}");
    }
}
