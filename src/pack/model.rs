//! `model.bin` -> the network with what belongs to it: classes of tags, lemmas, the splitter of sentences.
//!
//! The file is one of the pack, written by `dateline train`; its sections stand in `nn/file.rs`. A pack whose model was
//! cut off, changed or written by another version is refused.

use super::lemmas::Lemmas;
use crate::model::{Tag, Upos, Xpos};
use crate::nn::{Kernel, ModelError, ModelFile, Network, Splitter};

/// The trained part of a language.
#[derive(Debug)]
pub struct Model {
    /// Tags, trees and names.
    pub network: Network,
    /// The pair of tags of each class of the tags head.
    pub tags: Vec<Tag>,
    /// Lemmas by form and tag.
    pub lemmas: Lemmas,
    /// Ends of sentences.
    pub splitter: Splitter,
    /// How products are computed: by default the fastest way of this processor. All give the same results.
    pub kernel: Kernel,
    id: String,
}

impl Model {
    /// The sections beside those of the network.
    pub const TAGS: &'static str = "tags";
    /// The section of the lemmas.
    pub const LEMMAS: &'static str = "lemmas";
    /// The section of the splitter.
    pub const SPLITTER: &'static str = "splitter";
    /// The section that says how the model was made, as JSON.
    pub const MANIFEST: &'static str = "manifest";

    /// Reads the bytes of a model file.
    ///
    /// # Errors
    /// What is wrong with the file, with the value met.
    pub fn read(bytes: &[u8]) -> Result<Model, ModelError> {
        let file = ModelFile::read(bytes)?;
        let network = Network::read(&file)?;
        let tags = read_tags(file.section(Model::TAGS)?)?;
        let classes = network.shape().tags;
        if tags.len() != classes {
            let what = format!("{} pairs of tags, the network has {classes}", tags.len());
            return Err(ModelError::Section { name: Model::TAGS, why: what });
        }
        let broken = |name| move |why| ModelError::Section { name, why };
        let lemmas = Lemmas::read(file.section(Model::LEMMAS)?).map_err(broken(Model::LEMMAS))?;
        let splitter = Splitter::read(file.section(Model::SPLITTER)?)?;
        let kernel = Kernel::detect();
        Ok(Model { network, tags, lemmas, splitter, kernel, id: file.id() })
    }

    /// Names of the kernels that this processor has, the fastest first.
    pub fn kernels() -> Vec<&'static str> {
        let available = Kernel::ALL.into_iter().filter(|kernel| kernel.available());
        available.map(Kernel::name).collect()
    }

    /// Computes with the kernel of this name from now on. False where the processor has no such: then nothing changes.
    pub fn use_kernel(&mut self, name: &str) -> bool {
        let kernel = Kernel::named(name).filter(|kernel| kernel.available());
        self.kernel = kernel.unwrap_or(self.kernel);
        kernel.is_some()
    }

    /// The first twelve hexadecimal digits of the hash of the file.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The section of a list of tags.
    pub fn write_tags(tags: &[Tag]) -> Vec<u8> {
        let lines = tags.iter().map(|tag| format!("{}\t{}\n", tag.upos.name(), tag.xpos.name()));
        lines.collect::<String>().into_bytes()
    }
}

fn read_tags(bytes: &[u8]) -> Result<Vec<Tag>, ModelError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| ModelError::Section { name: Model::TAGS, why: "not UTF-8".to_owned() })?;
    let tags = text.lines().map(|line| {
        let pair = line.split_once('\t');
        let tag = pair.and_then(|(upos, xpos)| {
            Some(Tag { upos: Upos::named(upos)?, xpos: Xpos::named(xpos)? })
        });
        tag.ok_or_else(|| ModelError::Section {
            name: Model::TAGS,
            why: format!("unknown pair of tags `{line}`"),
        })
    });
    tags.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::embedded;

    const NETWORK: [&str; 5] = ["shape", "scales", "vectors", "dense", "tables"];

    fn model_file() -> &'static [u8] {
        let (_, bytes) = embedded::FILES.iter().find(|(name, _)| *name == "model.bin").unwrap();
        bytes
    }

    /// The embedded model file with one section as `change` makes it, or without it.
    fn with_section(changed: &str, change: &dyn Fn(&[u8]) -> Option<Vec<u8>>) -> Vec<u8> {
        let bytes = model_file();
        let file = ModelFile::read(bytes).unwrap();
        let own = [Model::MANIFEST, Model::TAGS, Model::LEMMAS, Model::SPLITTER];
        let names = own.into_iter().chain(NETWORK);
        let sections: Vec<(&str, Vec<u8>)> = names
            .filter_map(|name| {
                let section = file.section(name).unwrap();
                let section =
                    if name == changed { change(section) } else { Some(section.to_vec()) };
                Some((name, section?))
            })
            .collect();
        let borrowed: Vec<(&str, &[u8])> =
            sections.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
        ModelFile::write(&borrowed)
    }

    fn refusal(bytes: &[u8]) -> String {
        Model::read(bytes).unwrap_err().to_string()
    }

    fn refusal_of(changed: &str, bytes: &[u8]) -> String {
        refusal(&with_section(changed, &|_| Some(bytes.to_vec())))
    }

    #[test]
    fn the_id_is_twelve_digits_and_changes_with_any_section() {
        let model = Model::read(model_file()).unwrap();
        assert!(model.id().len() == 12 && model.id().bytes().all(|byte| byte.is_ascii_hexdigit()));
        let other = with_section(Model::MANIFEST, &|manifest| Some([manifest, b" "].concat()));
        let other = Model::read(&other).unwrap();
        assert_ne!(other.id(), model.id());
        assert_eq!(other.tags, model.tags);
        assert_eq!(read_tags(&Model::write_tags(&model.tags)).unwrap(), model.tags);
    }

    #[test]
    fn what_is_no_model_file_is_told_by_its_first_bytes() {
        let mut bytes = model_file().to_vec();
        bytes[..4].copy_from_slice(b"PK\x03\x04");
        let found = "[50, 4b, 03, 04, 6c, 69, 6e, 65]";
        let begins = format!("not a model file: it begins with {found}, not with \"dateline\"");
        assert_eq!(refusal(&bytes), begins);
        assert_eq!(refusal(b""), "not a model file: it begins with [], not with \"dateline\"");
    }

    #[test]
    fn a_cut_or_changed_file_is_told_by_its_length_or_hash() {
        let mut bytes = model_file().to_vec();
        let (all, cut) = (bytes.len(), bytes.len() - 7);
        let expected = format!("model file has {cut} bytes, its header says {all}");
        assert_eq!(refusal(&bytes[..cut]), expected);
        let wanted = u64::from_le_bytes(bytes[16..24].try_into().unwrap());
        for at in [all / 3, all / 2, all - 1] {
            bytes[at] ^= 4;
            let error = Model::read(&bytes).unwrap_err();
            let ModelError::Hash { found, wanted: header } = error else { panic!("{error}") };
            assert!(found != wanted && header == wanted);
            let expected =
                format!("model file has the hash {found:016x}, its header says {wanted:016x}");
            assert_eq!(error.to_string(), expected);
            bytes[at] ^= 4;
        }
        bytes[8] += 3;
        assert_eq!(
            refusal(&bytes),
            "model file has format version 4, this program reads version 1"
        );
    }

    #[test]
    fn a_list_of_tags_that_is_not_the_network_s_is_refused() {
        let classes = Model::read(model_file()).unwrap().tags.len();
        let more = with_section(Model::TAGS, &|tags| Some([tags, b"NOUN\tNN\n"].concat()));
        let section = "section `tags` of the model file is broken:";
        let expected =
            format!("{section} {} pairs of tags, the network has {classes}", classes + 1);
        assert_eq!(refusal(&more), expected);
        let none = format!("{section} 0 pairs of tags, the network has {classes}");
        assert_eq!(refusal_of(Model::TAGS, b""), none);
        for line in ["NOUN\tNNX", "NOUM\tNN", "NOUN NN", ""] {
            let expected = format!("{section} unknown pair of tags `{line}`");
            assert_eq!(refusal_of(Model::TAGS, format!("{line}\n").as_bytes()), expected);
        }
        assert_eq!(refusal_of(Model::TAGS, b"NOUN\xff"), format!("{section} not UTF-8"));
    }

    #[test]
    fn a_section_that_is_missing_or_broken_is_named() {
        for name in [Model::TAGS, Model::LEMMAS, Model::SPLITTER].into_iter().chain(NETWORK) {
            let expected = format!("model file has no section `{name}`");
            assert_eq!(refusal(&with_section(name, &|_| None)), expected);
        }
        assert_eq!(
            refusal_of(Model::SPLITTER, b"12345"),
            "section `splitter` of the model file has 5 bytes, 65536 are needed"
        );
        assert_eq!(
            refusal_of(Model::LEMMAS, b"12345"),
            "section `lemmas` of the model file is broken: lemmas have no header"
        );
    }
}
