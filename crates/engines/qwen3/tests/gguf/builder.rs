//! GGUF files of a few bytes, right and wrong.

/// A file that is put together part by part.
pub(crate) struct Builder {
    pub(crate) version: u32,
    /// Counts that the header states; else those that are there.
    pub(crate) stated: [Option<u64>; 2],
    entries: Vec<Vec<u8>>,
    tensors: Vec<Vec<u8>>,
    data: Vec<u8>,
    pub(crate) alignment: usize,
}

pub(crate) const U32: u32 = 4;
pub(crate) const STRING: u32 = 8;
pub(crate) const ARRAY: u32 = 9;

pub(crate) fn string(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat()
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            version: 3,
            stated: [None; 2],
            entries: Vec::new(),
            tensors: Vec::new(),
            data: Vec::new(),
            alignment: 32,
        }
    }
}

impl Builder {
    /// An entry of metadata, its value in bytes.
    pub(crate) fn entry(mut self, key: &str, kind: u32, value: &[u8]) -> Self {
        let entry = [&string(key), &kind.to_le_bytes()[..], value].concat();
        self.entries.push(entry);
        self
    }

    pub(crate) fn string(self, key: &str, value: &str) -> Self {
        self.entry(key, STRING, &string(value))
    }

    /// A tensor, innermost dimension first, with its bytes.
    pub(crate) fn tensor(mut self, name: &str, sizes: &[u64], format: u32, data: &[u8]) -> Self {
        self.data
            .resize(self.data.len().next_multiple_of(self.alignment), 0);
        let offset = self.data.len() as u64;
        self.data.extend_from_slice(data);
        self.described(name, sizes, format, offset)
    }

    /// A tensor whose bytes may not be there.
    pub(crate) fn described(mut self, name: &str, sizes: &[u64], format: u32, offset: u64) -> Self {
        let mut tensor = string(name);
        tensor.extend((sizes.len() as u32).to_le_bytes());
        tensor.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
        tensor.extend(format.to_le_bytes());
        tensor.extend(offset.to_le_bytes());
        self.tensors.push(tensor);
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"GGUF".to_vec();
        bytes.extend(self.version.to_le_bytes());
        let [tensors, entries] = self.stated;
        bytes.extend(tensors.unwrap_or(self.tensors.len() as u64).to_le_bytes());
        bytes.extend(entries.unwrap_or(self.entries.len() as u64).to_le_bytes());
        bytes.extend(self.entries.concat());
        bytes.extend(self.tensors.concat());
        bytes.resize(bytes.len().next_multiple_of(self.alignment), 0);
        bytes.extend(&self.data);
        bytes
    }
}
