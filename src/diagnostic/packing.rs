//! Places and problems as bytes and back, for what is kept of a compilation.

use crate::packed::Packed;

use super::{Bytes, Code, Place, Problem, Spot};

impl Packed for Place {
    fn pack(&self, to: &mut Vec<u8>) {
        self.file.pack(to);
        self.line.pack(to);
        self.column.pack(to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        Some(Self { file: Packed::unpack(from)?, line: Packed::unpack(from)?, column: Packed::unpack(from)? })
    }
}

impl Packed for Spot {
    fn pack(&self, to: &mut Vec<u8>) {
        self.file.pack(to);
        self.range.start.pack(to);
        self.range.end.pack(to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        let file = Packed::unpack(from)?;
        Some(Self { file, range: Bytes { start: Packed::unpack(from)?, end: Packed::unpack(from)? } })
    }
}

impl Packed for Code {
    fn pack(&self, to: &mut Vec<u8>) {
        self.name().to_owned().pack(to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        let name = String::unpack(from)?;
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

impl Packed for Problem {
    fn pack(&self, to: &mut Vec<u8>) {
        self.code.pack(to);
        self.spot.pack(to);
        self.message.pack(to);
        self.help.pack(to);
        self.related.pack(to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        Some(Self {
            code: Packed::unpack(from)?,
            spot: Packed::unpack(from)?,
            message: Packed::unpack(from)?,
            help: Packed::unpack(from)?,
            related: Packed::unpack(from)?,
        })
    }
}
