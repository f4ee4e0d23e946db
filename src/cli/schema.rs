//! `frontdesk schema`: JSON Schemas for editors, the built-in texts, the problem codes.

use std::io::Write;

use clap::{Args, ValueEnum};

use crate::diagnostic::Code;
use crate::language::Language;
use crate::policy::wording::Text;

use super::{FINE, Outcome};

/// Print the JSON Schema of a kind of file, the built-in texts, or the problem codes.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  frontdesk schema flow > flow.schema.json\n  frontdesk schema wording\n  frontdesk schema problems"
)]
pub struct SchemaArguments {
    /// What
    #[arg(value_enum)]
    kind: SchemaKind,
}

/// What can be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SchemaKind {
    /// `bot.yaml`.
    Bot,
    /// A flow.
    Flow,
    /// An intent.
    Intent,
    /// An article's front matter.
    Article,
    /// The built-in texts with their names and defaults.
    Wording,
    /// The problem codes.
    Problems,
}

/// Runs the command.
///
/// # Errors
/// The output is closed.
pub fn run(arguments: &SchemaArguments, out: &mut dyn Write) -> Outcome {
    match arguments.kind {
        SchemaKind::Bot => json_schema(out, "bot.yaml", crate::policy::schema::BOT.schema())?,
        SchemaKind::Flow => json_schema(out, "A flow", crate::flow::schema::FLOW.schema())?,
        SchemaKind::Intent => {
            let shapes = [&crate::intent::schema::INTENT, &crate::intent::schema::NOT_FOR_US];
            json_schema(out, "An intent, or what is not for the bot", crate::compile::json_schema::any_of(&shapes))?;
        }
        SchemaKind::Article => {
            json_schema(out, "An article's front matter", crate::knowledge::compile::ARTICLE.schema())?;
        }
        SchemaKind::Wording => wording(out)?,
        SchemaKind::Problems => problems(out)?,
    }
    Ok(FINE)
}

fn json_schema(out: &mut dyn Write, title: &str, mut schema: serde_json::Value) -> std::io::Result<()> {
    if let serde_json::Value::Object(schema) = &mut schema {
        schema.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
        schema.insert("title".to_owned(), title.into());
    }
    writeln!(out, "{schema:#}")
}

fn wording(out: &mut dyn Write) -> std::io::Result<()> {
    for text in Text::ALL {
        let names: Vec<String> = text.names_allowed().iter().map(|name| format!("{{{{ {name} }}}}")).collect();
        let names = if names.is_empty() { String::new() } else { format!("  (may use {})", names.join(", ")) };
        writeln!(out, "{}{names}\n  {}", text.name(), text.occasion())?;
        for language in Language::BUILT_IN {
            writeln!(out, "  {language}: {}", text.built_in(language).unwrap_or_default())?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn problems(out: &mut dyn Write) -> std::io::Result<()> {
    for code in Code::ALL {
        writeln!(
            out,
            "{:22} {:8} {}\n{:31} such as {}",
            code.name(),
            code.severity().name(),
            code.meaning(),
            "",
            code.example()
        )?;
    }
    Ok(())
}
