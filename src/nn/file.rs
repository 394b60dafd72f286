//! The model file: named sections of bytes in one buffer, with a hash over all of them.
//!
//! ```text
//! 0  magic, 8 bytes        8  version, u32       12  number of sections, u32
//! 16 hash of all that follows, u64               24  length of the file, u64
//! 32 per section: name, 24 bytes with zeros behind; offset, u64; length, u64
//! then the sections, each at a multiple of 64, zeros between them
//! ```
//! Numbers are little-endian. What a section means is the business of who wrote it; the file knows that it is whole.

use crate::text::StableHash;

/// The first bytes of a model file.
const MAGIC: [u8; 8] = *b"dateline";

/// The version of the container and of the features that its weights were trained on.
const VERSION: u32 = 1;

const HASH_AT: usize = 16;
const HASHED_FROM: usize = 24;
const HEADER: usize = 32;
const NAME: usize = 24;
const ENTRY: usize = NAME + 16;

/// Sections begin at multiples of a cache line.
const ALIGNMENT: usize = 64;

/// Why a model file can not be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModelError {
    /// The file is no model file, or is cut off within its first bytes: name another one.
    #[error("not a model file: it begins with {found:02x?}, not with \"dateline\"")]
    Magic {
        /// Its first bytes, at most eight.
        found: Vec<u8>,
    },
    /// The file was written by another version: train again, or take the model of this version.
    #[error("model file has format version {found}, this program reads version {VERSION}")]
    Version {
        /// The version met.
        found: u32,
    },
    /// The file was cut off or grew: copy it again.
    #[error("model file has {found} bytes, its header says {wanted}")]
    FileLength {
        /// Bytes that there are.
        found: usize,
        /// Bytes that the header names.
        wanted: u64,
    },
    /// The file was changed after it was written: copy it again.
    #[error("model file has the hash {found:016x}, its header says {wanted:016x}")]
    Hash {
        /// The hash of its bytes.
        found: u64,
        /// The hash that the header names.
        wanted: u64,
    },
    /// A section lies outside the file or has a name that is no text: it was written wrongly.
    #[error(
        "entry {entry} of the section table of the model file is broken: offset {offset}, length {length}"
    )]
    Entry {
        /// Which entry of the table, from 0.
        entry: usize,
        /// Where the section would begin.
        offset: u64,
        /// How long it would be.
        length: u64,
    },
    /// The file lacks a section that is needed: it was written for something else.
    #[error("model file has no section `{name}`")]
    Missing {
        /// The section.
        name: String,
    },
    /// A section has another length than what it stands for needs.
    #[error("section `{name}` of the model file has {found} bytes, {wanted} are needed")]
    Length {
        /// The section.
        name: String,
        /// Bytes that there are.
        found: usize,
        /// Bytes that are needed.
        wanted: usize,
    },
    /// The network has a size that this version can not run.
    #[error("the network of the model file has {found} {name}, which this program can not run")]
    Size {
        /// What is counted.
        name: &'static str,
        /// The size met.
        found: u32,
    },
    /// A dense weight, or the weights of a group of inputs together, are beyond what the kernels can add up.
    #[error("the network of the model file has dense weights of size {found}, {most} is the limit")]
    Weight {
        /// The size met.
        found: i32,
        /// The largest that can be.
        most: i32,
    },
    /// A section can not be read by who owns it.
    #[error("section `{name}` of the model file is broken: {why}")]
    Section {
        /// The section.
        name: &'static str,
        /// What was met.
        why: String,
    },
}

/// A model file that was found whole.
#[derive(Clone, Debug)]
pub struct ModelFile<'a> {
    sections: Vec<(&'a str, &'a [u8])>,
    hash: u64,
}

impl<'a> ModelFile<'a> {
    /// Puts sections into one file, in their order. Names have at most 24 bytes and no zeros.
    pub fn write(sections: &[(&str, &[u8])]) -> Vec<u8> {
        let mut table = Vec::with_capacity(sections.len() * ENTRY);
        let mut at = (HEADER + sections.len() * ENTRY).next_multiple_of(ALIGNMENT);
        for (name, bytes) in sections {
            debug_assert!(name.len() <= NAME && !name.contains('\0'), "{name} is a name");
            let mut padded = name.as_bytes().to_vec();
            padded.resize(NAME, 0);
            table.extend(padded);
            table.extend((at as u64).to_le_bytes());
            table.extend((bytes.len() as u64).to_le_bytes());
            at = (at + bytes.len()).next_multiple_of(ALIGNMENT);
        }
        let mut tail = Vec::with_capacity(at);
        tail.extend((at as u64).to_le_bytes());
        tail.extend(table);
        for (_, bytes) in sections {
            tail.resize((HASHED_FROM + tail.len()).next_multiple_of(ALIGNMENT) - HASHED_FROM, 0);
            tail.extend_from_slice(bytes);
        }
        tail.resize(at - HASHED_FROM, 0);
        let mut file = Vec::with_capacity(at);
        file.extend(MAGIC);
        file.extend(VERSION.to_le_bytes());
        file.extend((sections.len() as u32).to_le_bytes());
        file.extend(hash(sections.len() as u64, &tail).to_le_bytes());
        file.extend(tail);
        file
    }

    /// Finds the sections of a file.
    ///
    /// # Errors
    /// Bytes that are no model file, of another version, cut off or changed. Nothing is told of what sections hold.
    pub fn read(bytes: &'a [u8]) -> Result<ModelFile<'a>, ModelError> {
        let magic = || ModelError::Magic { found: bytes.iter().copied().take(8).collect() };
        if !bytes.starts_with(&MAGIC) {
            return Err(magic());
        }
        let version = number32(bytes, 8).ok_or_else(magic)?;
        if version != VERSION {
            return Err(ModelError::Version { found: version });
        }
        let count = number32(bytes, 12).ok_or_else(magic)?;
        let wanted = number64(bytes, HASH_AT).ok_or_else(magic)?;
        let length = number64(bytes, HASHED_FROM).ok_or_else(magic)?;
        if length != bytes.len() as u64 {
            return Err(ModelError::FileLength { found: bytes.len(), wanted: length });
        }
        let found = hash(u64::from(count), bytes.get(HASHED_FROM..).unwrap_or_default());
        if found != wanted {
            return Err(ModelError::Hash { found, wanted });
        }
        let mut sections = Vec::new();
        for entry in 0..count as usize {
            let at = HEADER + entry * ENTRY;
            let offset = number64(bytes, at + NAME).unwrap_or(u64::MAX);
            let length = number64(bytes, at + NAME + 8).unwrap_or(u64::MAX);
            let section = section(bytes, at, offset, length);
            sections.push(section.ok_or(ModelError::Entry { entry, offset, length })?);
        }
        Ok(ModelFile { sections, hash: wanted })
    }

    /// The name of the model: the first 12 hex digits of the hash of all its sections.
    pub fn id(&self) -> String {
        format!("{:012x}", self.hash >> 16)
    }

    /// The bytes of a section.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn section(&self, name: &str) -> Result<&'a [u8], ModelError> {
        let section = self.sections.iter().find(|(other, _)| *other == name);
        section.map(|(_, bytes)| *bytes).ok_or_else(|| ModelError::Missing { name: name.into() })
    }

    /// The bytes of a section whose length is known.
    ///
    /// # Errors
    /// There is none of this name, or it has another length.
    pub fn section_of(&self, name: &str, wanted: usize) -> Result<&'a [u8], ModelError> {
        let bytes = self.section(name)?;
        let found = bytes.len();
        let wrong = ModelError::Length { name: name.into(), found, wanted };
        if found == wanted { Ok(bytes) } else { Err(wrong) }
    }
}

fn section(bytes: &[u8], at: usize, offset: u64, length: u64) -> Option<(&str, &[u8])> {
    let name = bytes.get(at..at + NAME)?;
    let name = name.split(|byte| *byte == 0).next()?;
    let name = std::str::from_utf8(name).ok()?;
    let end = usize::try_from(offset.checked_add(length)?).ok()?;
    Some((name, bytes.get(usize::try_from(offset).ok()?..end)?))
}

fn number32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

fn number64(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}

/// The hash of a file: eight chains of FNV-1a over eight bytes at a time, then the stable hash of the chains. One chain
/// byte by byte would take ten times as long, longer than everything else at start.
fn hash(count: u64, bytes: &[u8]) -> u64 {
    let mut chains = [0xcbf2_9ce4_8422_2325_u64; 8];
    let (rows, rest) = bytes.as_chunks::<64>();
    for row in rows {
        for (chain, word) in chains.iter_mut().zip(row.as_chunks::<8>().0) {
            let mixed = (*chain ^ u64::from_le_bytes(*word)).wrapping_mul(0x0100_0000_01b3);
            *chain = mixed.rotate_left(29);
        }
    }
    let mut hash = StableHash::new();
    hash.write_u64(count);
    chains.iter().for_each(|chain| hash.write_u64(*chain));
    hash.write(rest);
    hash.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn two_sections() -> Vec<u8> {
        ModelFile::write(&[("manifest", b"{}"), ("a name of twenty-four b.", &[7; 100])])
    }

    #[test]
    fn sections_are_read_as_written_and_aligned() {
        let bytes = two_sections();
        let file = ModelFile::read(&bytes).unwrap();
        assert_eq!(file.section("manifest").unwrap(), b"{}");
        let second = file.section_of("a name of twenty-four b.", 100).unwrap();
        assert_eq!(second, [7; 100]);
        let offset = second.as_ptr() as usize - bytes.as_ptr() as usize;
        assert_eq!(offset % ALIGNMENT, 0);
        assert_eq!(bytes.len() % ALIGNMENT, 0);
        assert_eq!(file.id().len(), 12);
    }

    #[test]
    fn what_is_wrong_is_told_with_what_was_met() {
        let bytes = two_sections();
        let refusal = |bytes: &[u8]| ModelFile::read(bytes).unwrap_err().to_string();
        assert_eq!(
            refusal(b"PK"),
            "not a model file: it begins with [50, 4b], not with \"dateline\""
        );
        let mut other = bytes.clone();
        other[8] = 9;
        assert_eq!(
            refusal(&other),
            "model file has format version 9, this program reads version 1"
        );
        let cut = &bytes[..bytes.len() - 1];
        assert_eq!(refusal(cut), "model file has 319 bytes, its header says 320");
        let file = ModelFile::read(&bytes).unwrap();
        assert_eq!(
            file.section("lemmas").unwrap_err().to_string(),
            "model file has no section `lemmas`"
        );
        assert_eq!(
            file.section_of("manifest", 3).unwrap_err().to_string(),
            "section `manifest` of the model file has 2 bytes, 3 are needed"
        );
    }

    #[test]
    fn a_section_beyond_the_end_is_refused() {
        let mut bytes = two_sections();
        let offset = HEADER + NAME;
        bytes[offset..offset + 8].copy_from_slice(&(u64::MAX - 1).to_le_bytes());
        let hash = hash(2, &bytes[HASHED_FROM..]);
        bytes[HASH_AT..HASH_AT + 8].copy_from_slice(&hash.to_le_bytes());
        let wanted = ModelError::Entry { entry: 0, offset: u64::MAX - 1, length: 2 };
        assert_eq!(ModelFile::read(&bytes).unwrap_err(), wanted);
    }

    proptest! {
        #[test]
        fn one_changed_byte_is_found(at in 0_usize..320, change in 1_u8..) {
            let mut bytes = two_sections();
            bytes[at] ^= change;
            prop_assert!(ModelFile::read(&bytes).is_err());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            prop_assert!(ModelFile::read(&bytes).is_err());
        }
    }
}
