//! # What it sees
//!
//! An attachment that runs when it is opened, or hides that it does.
//!
//! # Why it matters
//!
//! Nobody's outbreak of holiday pictures is a `.pdf.exe`.
//!
//! # When it is wrong
//!
//! Developers send programs to each other, and scripts in archives; payrolls go out in archives with a
//! password.  So it is weak alone, and above all decides whether an outbreak is called malware.

use super::{Evidence, Family, Situation};
use outfall_message::{Attachment, runs};

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let files = &situation.examined.message.attachments;
    let weighed = files.iter().map(|file| (file, nats(file))).filter(|(_, nats)| *nats > 0.0);
    let (file, nats) = weighed.reduce(|one, next| if next.1 > one.1 { next } else { one })?;
    Some(Evidence {
        name: "dangerous-file".into(),
        family: Family::Content,
        nats,
        detail: sentence(file),
    })
}

/// What each of the things in a file weighs.  What only deceives or smuggles weighs more than what
/// also has an honest use.
const WEIGHTS: &[(&str, f32)] = &[
    ("a double ending", 2.0),
    ("a launch command", 2.0),
    ("a remote template", 2.0),
    ("a script that builds a file", 2.0),
    ("a shortcut", 2.0),
    ("an embedded file", 2.0),
    ("a script", 1.5),
    ("a program", 1.5),
    ("a disk image", 1.5),
    ("a remote object", 1.5),
    ("macros", 1.5),
    ("a password", 1.0),
];

/// Two of them in one file, as a script under a password, weigh so much more.
const TOGETHER: f32 = 0.5;

/// The most that files weigh: all that a family of content can add.
const MOST: f32 = 2.0;

fn nats(file: &Attachment) -> f32 {
    let weights = dangers(file).map(|(_, nats)| nats);
    let (count, worst) = weights.fold((0, 0.0_f32), |(n, worst), nats| (n + 1, worst.max(nats)));
    let together = if count > 1 { TOGETHER } else { 0.0 };
    (worst + together).min(MOST)
}

/// Yields what is dangerous in a file, as people say it, with its weight.
fn dangers(file: &Attachment) -> impl Iterator<Item = (&'static str, f32)> {
    WEIGHTS.iter().copied().filter(|(what, _)| file.active.contains(what))
}

fn sentence(file: &Attachment) -> String {
    let dangers: Vec<&str> = dangers(file).map(|(what, _)| what).collect();
    let inside = file.inside.iter().find(|name| runs(name).is_some());
    let which = inside.map(|name| format!(" ({name})")).unwrap_or_default();
    format!("attachment {} brings {}{which}", file.name, dangers.join(" and "))
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    fn file(active: &[&'static str]) -> Attachment {
        Attachment { name: "a.zip".into(), active: active.to_vec(), ..Attachment::default() }
    }

    fn weighed(files: Vec<Attachment>) -> Option<Evidence> {
        let mut examined = crate::Examined::default();
        examined.message.attachments = files;
        weigh(&Situation::plain(&examined))
    }

    /// What only deceives weighs more than what runs, a password alone least; two weigh more than one,
    /// and never more than the most.
    #[test]
    fn worse_things_weigh_more() {
        assert_eq!(0.0, nats(&file(&[])));
        assert_eq!(0.0, nats(&file(&["an archive"])));
        assert_eq!(1.0, nats(&file(&["a password"])));
        assert_eq!(1.5, nats(&file(&["a script"])));
        assert_eq!(2.0, nats(&file(&["a script", "a password"])));
        assert_eq!(2.0, nats(&file(&["a program", "a double ending"])));
    }

    /// The worst file of a message speaks, and the sentence names it, what it brings, and what runs in it.
    #[test]
    fn the_worst_file_is_named() {
        let inside = vec!["readme.txt".into(), "photo.jpg.scr".into()];
        let worst = Attachment { inside, ..file(&["a program", "a double ending"]) };
        let evidence = weighed(vec![Attachment::default(), file(&["a password"]), worst]);
        let want = "attachment a.zip brings a double ending and a program (photo.jpg.scr)";

        assert_eq!(Some(want), evidence.as_ref().map(|one| one.detail.as_str()));
        assert_eq!(Some(2.0), evidence.map(|one| one.nats));
    }

    /// A message without dangerous files has no such evidence.
    #[test]
    fn harmless_files_say_nothing() {
        assert_eq!(None, weighed(vec![Attachment::default(), file(&["an archive"])]));
    }

    /// Every word of the table is one that files are really given: a name in it, or one inside.
    #[test]
    fn a_program_by_its_name_weighs() {
        let raw = "Content-Type: application/x; name=\"invoice.pdf.EXE\"\n\nMZ";
        let message = outfall_message::examine(raw.as_bytes());

        assert_eq!(2.0, nats(&message.attachments[0]));
    }
}
