//! Problems for people: the source line with the spot underlined, a plain sentence, a way out, the other place.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Counts, Problem, Severity, Sources, Spot};

/// The text that `check` prints for people. `colour` adds terminal colours.
#[must_use]
pub fn human(problems: &[Problem], sources: &Sources, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for problem in problems {
        text.push_str(&one(problem, sources, &renderer));
        text.push_str("\n\n");
    }
    text.push_str(&summary(Counts::of(problems)));
    text.push('\n');
    text
}

fn one(problem: &Problem, sources: &Sources, renderer: &Renderer) -> String {
    let level = match problem.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Hint => Level::INFO.with_name("hint"),
    };
    let mut here = snippet(&problem.spot, sources, None, AnnotationKind::Primary);
    let mut elsewhere = Vec::new();
    for (spot, what) in &problem.related {
        if spot.file == problem.spot.file {
            here = here.annotation(AnnotationKind::Context.span(inside(spot, sources)).label(what.as_str()));
        } else {
            elsewhere.push(snippet(spot, sources, Some(what), AnnotationKind::Context));
        }
    }
    let mut group: Group<'_> =
        level.primary_title(problem.message.as_str()).id(problem.code.name()).element(here).elements(elsewhere);
    if let Some(help) = &problem.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    renderer.render(&[group])
}

fn snippet<'a>(
    spot: &'a Spot,
    sources: &'a Sources,
    label: Option<&'a String>,
    kind: AnnotationKind,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let annotation = kind.span(inside(spot, sources));
    let annotation = match label {
        Some(label) => annotation.label(label.as_str()),
        None => annotation,
    };
    Snippet::source(sources.text(&spot.file)).path(&*spot.file).annotation(annotation)
}

/// The spot within the file's text, at character boundaries, on one line, and at least one character wide.
fn inside(spot: &Spot, sources: &Sources) -> std::ops::Range<usize> {
    let text = sources.text(&spot.file);
    let boundary = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary(spot.range.start);
    let end = boundary(spot.range.end.max(start));
    let first_line = text.get(start..end).and_then(|spot| spot.find('\n')).map_or(end, |at| start + at);
    let width = text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    start..first_line.max(start + width)
}

fn summary(counts: Counts) -> String {
    let say =
        |count: usize, word: &str| (count > 0).then(|| format!("{count} {word}{}", if count == 1 { "" } else { "s" }));
    let parts: Vec<String> = [say(counts.errors, "error"), say(counts.warnings, "warning"), say(counts.hints, "hint")]
        .into_iter()
        .flatten()
        .collect();
    if parts.is_empty() { "No problems found".to_owned() } else { parts.join(", ") }
}
