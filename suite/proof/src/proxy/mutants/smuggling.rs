//! Faults in finding the end of the content: messages smuggled behind a false one (TM3.1P/2).

use super::mutant::{Mutant, as_is};
use crate::proxy::{Behaviour, CRLF_DOT_CRLF};
use suite::oracle::ClauseId;

pub(super) const MUTANTS: &[Mutant] = &[
    smuggled(
        "fin-cr-point-cr",
        "tient <CR>.<CR> pour la fin du message",
        &["reception/2-smtp/fausse-fin-cr-point-cr"],
        &[CRLF_DOT_CRLF, b"\r.\r"],
    ),
    smuggled(
        "fin-cr-point-crlf",
        "tient <CR>.<CRLF> pour la fin du message",
        &["reception/2-smtp/fausse-fin-cr-point-crlf"],
        &[CRLF_DOT_CRLF, b"\r.\r\n"],
    ),
    smuggled(
        "fin-cr-point-lf",
        "tient <CR>.<LF> pour la fin du message",
        &["reception/2-smtp/fausse-fin-cr-point-lf"],
        &[CRLF_DOT_CRLF, b"\r.\n"],
    ),
    smuggled(
        "fin-crlf-nul-point-crlf",
        "tient <CRLF><NUL>.<CRLF> pour la fin du message",
        &["reception/2-smtp/fausse-fin-crlf-nul-point-crlf"],
        &[CRLF_DOT_CRLF, b"\r\n\0.\r\n"],
    ),
    smuggled(
        "fin-crlf-point-cr",
        "tient <CRLF>.<CR> pour la fin du message",
        &["reception/2-smtp/fausse-fin-crlf-point-cr"],
        &[CRLF_DOT_CRLF, b"\r\n.\r"],
    ),
    smuggled(
        "fin-crlf-point-lf",
        "tient <CRLF>.<LF> pour la fin du message",
        &["reception/2-smtp/fausse-fin-crlf-point-lf"],
        &[CRLF_DOT_CRLF, b"\r\n.\n"],
    ),
    smuggled(
        "fin-crlf-point-nul-crlf",
        "tient <CRLF>.<NUL><CRLF> pour la fin du message",
        &["reception/2-smtp/fausse-fin-crlf-point-nul-crlf"],
        &[CRLF_DOT_CRLF, b"\r\n.\0\r\n"],
    ),
    smuggled(
        "fin-lf-point-cr",
        "tient <LF>.<CR> pour la fin du message",
        &["reception/2-smtp/fausse-fin-lf-point-cr"],
        &[CRLF_DOT_CRLF, b"\n.\r"],
    ),
    smuggled(
        "fin-lf-point-crlf",
        "tient <LF>.<CRLF> pour la fin du message",
        &["reception/2-smtp/fausse-fin-lf-point-crlf"],
        &[CRLF_DOT_CRLF, b"\n.\r\n"],
    ),
    smuggled(
        "fin-lf-point-lf",
        "tient <LF>.<LF> pour la fin du message",
        &["reception/2-smtp/fausse-fin-lf-point-lf"],
        &[CRLF_DOT_CRLF, b"\n.\n"],
    ),
];

const fn smuggled(
    id: &'static str,
    fault: &'static str,
    killers: &'static [&'static str],
    ends: &'static [&'static [u8]],
) -> Mutant {
    let behaviour = Behaviour { ends, ..Behaviour::REFERENCE };
    Mutant { id, fault, clause: ClauseId::Smtp, killers, setting: as_is, behaviour }
}
