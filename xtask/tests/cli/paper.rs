//! The PDF of a dossier: built when it is asked for, once, or not at all.

#[cfg(not(feature = "pdf"))]
mod built_when_asked {
    use std::{
        fs,
        os::unix::fs::PermissionsExt as _,
        path::{Path, PathBuf},
    };

    use rstest::rstest;

    use crate::{
        dossier::{GIVEN, another_verdict, dossier, made, ready, reseal},
        support::{Said, said, xtask},
    };

    /// A program in the place of cargo, which writes its arguments down and ends with `code`.
    fn fake_cargo(dir: &Path, code: u8) -> PathBuf {
        let path = dir.join("cargo");
        let text = format!("#!/bin/sh\necho \"$MSSANTE_XTASK_PDF|$*\" >> asked\nexit {code}\n");
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("ours");
        path
    }

    fn asked(dir: &Path) -> Vec<String> {
        let text = fs::read_to_string(dir.join("asked")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn with_cargo(dir: &Path, code: u8, more: &[&str]) -> Said {
        let mut command = xtask();
        command.args(GIVEN).args(more).current_dir(dir).env("CARGO", fake_cargo(dir, code));
        said(command.output().expect("the program was built"))
    }

    #[test]
    fn the_pdf_is_built_once_all_is_in_order_and_by_one_more_process() {
        let dir = ready();
        let said = with_cargo(dir.path(), 0, &["--previous", "run"]);
        assert_eq!(said.code, Some(0), "{said:?}");
        assert!(said.err.contains("quelques minutes la première fois"), "{}", said.err);
        let asked = asked(dir.path());
        let [build, run] = asked.as_slice() else { panic!("{asked:?}") };
        assert!(
            build.starts_with("|build --package xtask --features pdf --manifest-path /"),
            "{build}"
        );
        assert!(run.starts_with("1|run --package xtask --features pdf --manifest-path /"), "{run}");
        let arguments = format!("-- {} --previous run", GIVEN.join(" "));
        assert!(run.ends_with(&arguments), "{run}");
    }

    #[rstest]
    #[case::build_fails("", &[], 101, 3, "--no-pdf", 1)]
    #[case::never_a_third("1", &[], 0, 3, "n'a toujours pas le PDF", 0)]
    #[case::not_wanted("", &["--no-pdf"], 0, 0, "", 0)]
    fn without_a_pdf_nothing_is_half_done(
        #[case] again: &str,
        #[case] more: &[&str],
        #[case] cargo: u8,
        #[case] code: i32,
        #[case] words: &str,
        #[case] asks: usize,
    ) {
        let dir = ready();
        let mut command = xtask();
        command.args(GIVEN).args(more).current_dir(dir.path());
        command.env("CARGO", fake_cargo(dir.path(), cargo));
        if !again.is_empty() {
            command.env("MSSANTE_XTASK_PDF", again);
        }
        let said = said(command.output().expect("the program was built"));
        assert_eq!(said.code, Some(code), "{said:?}");
        let text: String = said.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(words), "{text}");
        assert_eq!(asked(dir.path()).len(), asks);
        let left = fs::read_dir(dir.path().join("envoi")).map_or(0, Iterator::count);
        assert_eq!(left, if code == 0 { 2 } else { 0 });
        if code == 0 {
            assert!(said.out.contains("absent de ce dossier"), "{}", said.out);
            assert!(!made(dir.path()).0.join("rapport.pdf").exists());
        }
    }

    #[rstest]
    #[case::of_itself(&[], 0, "rapport.pdf, non refait (--pdf) : son empreinte seule l'est", 3, 0)]
    #[case::asked_for(&["--pdf"], 0, "quelques minutes la première fois", 0, 2)]
    #[case::not_built(&["--pdf"], 101, "rien n'est vérifié", 3, 1)]
    fn a_pdf_is_laid_out_anew_when_asked_for(
        #[case] more: &[&str],
        #[case] cargo: u8,
        #[case] words: &str,
        #[case] code: i32,
        #[case] asks: usize,
    ) {
        let dir = ready();
        assert_eq!(dossier(dir.path(), &[]).code, Some(0));
        let (folder, _) = made(dir.path());
        fs::write(folder.join("rapport.pdf"), "%PDF").expect("written");
        reseal(&folder);
        let mut command = xtask();
        command.arg("verify").arg(&folder).args(more).current_dir(dir.path());
        command.env("CARGO", fake_cargo(dir.path(), cargo));
        let said = said(command.output().expect("the program was built"));
        assert_eq!(said.code, Some(code), "{said:?}");
        let all = format!("{} {}", said.out, said.err);
        let text: String = all.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(words), "{text}");
        assert_eq!(asked(dir.path()).len(), asks);
    }

    #[test]
    fn what_is_wrong_is_said_before_anything_is_built() {
        let dir = ready();
        another_verdict(dir.path());
        let said = with_cargo(dir.path(), 0, &[]);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert_eq!(asked(dir.path()), Vec::<String>::new());
    }
}

#[cfg(feature = "pdf")]
mod built_in {
    use std::fs;

    use crate::dossier::{dossier, made, ready, reseal, verify};

    #[test]
    fn the_pdf_is_in_the_dossier_and_an_octet_of_it_counts() {
        let dir = ready();
        let said = dossier(dir.path(), &[]);
        assert_eq!(said.code, Some(0), "{said:?}");
        let (folder, archive) = made(dir.path());
        let verified = verify(&archive);
        assert!(verified.out.contains("rapport.pdf"), "laid out anew: {}", verified.out);
        let path = folder.join("rapport.pdf");
        let bytes = fs::read(&path).expect("there");
        assert!(bytes.starts_with(b"%PDF-1.7"));
        fs::write(&path, [bytes.as_slice(), b"%"].concat()).expect("written");
        assert_eq!(verify(&folder).code, Some(1));
        // Nor does a fresh manifest help.
        reseal(&folder);
        let said = verify(&folder);
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(said.out.contains("rapport.pdf : ne dit pas"), "{}", said.out);
    }
}
