//! Where the lines of a conversation come from: a terminal with editing and history, or what is piped in.

use std::io::{BufRead, ErrorKind, IsTerminal, Write};

use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use super::super::CouldNotRun;

pub(super) enum Input<'a> {
    Terminal(Box<DefaultEditor>),
    Piped(Box<dyn BufRead + 'a>),
}

impl<'a> Input<'a> {
    /// What was given, else the terminal, else what is piped in.
    pub(super) fn open(given: Option<&'a mut dyn BufRead>) -> Result<Self, CouldNotRun> {
        match given {
            Some(given) => Ok(Self::Piped(Box::new(given))),
            None if std::io::stdin().is_terminal() => Ok(Self::Terminal(Box::new(DefaultEditor::new()?))),
            None => Ok(Self::Piped(Box::new(std::io::stdin().lock()))),
        }
    }

    /// The next line; none when there are no more, or nobody reads the answers any more. What is piped in is printed, so
    /// that the output reads as a whole.
    pub(super) fn next(&mut self, prompt: &str, out: &mut dyn Write) -> Result<Option<String>, CouldNotRun> {
        if let Err(error) = out.flush() {
            return if error.kind() == ErrorKind::BrokenPipe { Ok(None) } else { Err(error.into()) };
        }
        match self {
            Self::Terminal(editor) => {
                match editor.readline(prompt) {
                    Ok(line) => {
                        // A line that is not remembered can be written again.
                        drop(editor.add_history_entry(line.as_str()));
                        Ok(Some(line))
                    }
                    Err(ReadlineError::Eof | ReadlineError::Interrupted) => Ok(None),
                    Err(error) => Err(error.into()),
                }
            }
            Self::Piped(lines) => {
                let mut line = String::new();
                if lines.read_line(&mut line)? == 0 {
                    return Ok(None);
                }
                let line = line.trim_end().to_owned();
                writeln!(out, "{prompt}{line}")?;
                Ok(Some(line))
            }
        }
    }
}
