//! The tensors of a `CTranslate2` checkpoint (`model.bin`, format version 6): their headers in
//! memory, their values on disk.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::ModelError;
use crate::error::failed;

const VERSION: u32 = 6;
const SPECIFICATION: &str = "WhisperSpec";

const MAX_TENSORS: u32 = 10_000;
const MAX_NAME_BYTES: u16 = 256;
const MAX_RANK: u8 = 4;
/// The longest side of a tensor.
const MAX_SIDE: u32 = 1 << 20;
const MAX_LAYERS: usize = 64;

/// A format of numbers, by `CTranslate2`'s number of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataType {
    F32,
    I8,
    I16,
    I32,
    F16,
}

impl DataType {
    const fn new(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::F32),
            1 => Some(Self::I8),
            2 => Some(Self::I16),
            3 => Some(Self::I32),
            4 => Some(Self::F16),
            _ => None,
        }
    }

    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::I8 => 1,
            Self::I16 | Self::F16 => 2,
            Self::F32 | Self::I32 => 4,
        }
    }
}

struct Tensor {
    shape: Vec<usize>,
    data_type: DataType,
    /// Where its values begin in the file.
    start: u64,
}

/// A checkpoint whose headers were read.
pub(super) struct Checkpoint {
    path: PathBuf,
    file: BufReader<File>,
    tensors: BTreeMap<String, Tensor>,
}

impl Checkpoint {
    pub(super) fn open(path: &Path) -> Result<Self, ModelError> {
        let file = File::open(path).map_err(|source| failed(path, source))?;
        let bytes = file
            .metadata()
            .map_err(|source| failed(path, source))?
            .len();
        let mut checkpoint = Self {
            path: path.to_owned(),
            file: BufReader::new(file),
            tensors: BTreeMap::new(),
        };
        checkpoint.read_headers(bytes)?;
        Ok(checkpoint)
    }

    fn read_headers(&mut self, bytes: u64) -> Result<(), ModelError> {
        let version = self.u32()?;
        if version != VERSION {
            return Err(self.error("it is no CTranslate2 model of format version 6"));
        }
        let specification = self.string()?;
        if specification != SPECIFICATION {
            return Err(self.error("it is no Whisper model"));
        }
        let _revision = self.u32()?;
        let count = self.u32()?;
        if count > MAX_TENSORS {
            return Err(self.error(format!("it has {count} tensors")));
        }
        for _ in 0..count {
            let name = self.string()?;
            let rank = self.u8()?;
            if rank > MAX_RANK {
                return Err(self.error("the header of a tensor is damaged"));
            }
            let mut shape = Vec::new();
            let mut values = 1_u64;
            for _ in 0..rank {
                let side = self.u32()?;
                if side == 0 || side > MAX_SIDE {
                    return Err(self.error("the header of a tensor is damaged"));
                }
                values = values.saturating_mul(u64::from(side));
                shape.push(side as usize);
            }
            let data_type = DataType::new(self.u8()?);
            let length = u64::from(self.u32()?);
            let Some(data_type) =
                data_type.filter(|it| values.saturating_mul(it.bytes() as u64) == length)
            else {
                return Err(self.error(format!("the tensor {name} has an unknown format")));
            };
            let start = self.place()?;
            let end = start + length;
            if end > bytes {
                return Err(self.error(format!("it is cut short within {name}")));
            }
            let sought = self.file.seek(SeekFrom::Start(end));
            sought.map_err(|source| failed(&self.path, source))?;
            let tensor = Tensor {
                shape,
                data_type,
                start,
            };
            self.tensors.insert(name, tensor);
        }
        Ok(())
    }

    /// The sides of a tensor, slowest first.
    pub(super) fn shape(&self, name: &str) -> Result<Vec<usize>, ModelError> {
        Ok(self.tensor(name)?.shape.clone())
    }

    pub(super) fn data_type(&self, name: &str) -> Result<DataType, ModelError> {
        Ok(self.tensor(name)?.data_type)
    }

    /// A small number of the model's configuration.
    pub(super) fn number(&self, name: &str) -> Result<usize, ModelError> {
        let mut bytes = [0; 2];
        if self.data_type(name)? != DataType::I16 || !self.tensor(name)?.shape.is_empty() {
            return Err(self.error(format!("{name} is no number")));
        }
        let mut file = self.file.get_ref();
        let start = SeekFrom::Start(self.tensor(name)?.start);
        file.seek(start)
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(|source| failed(&self.path, source))?;
        usize::try_from(i16::from_le_bytes(bytes))
            .map_err(|_| self.error(format!("{name} is negative")))
    }

    /// The layers of the encoder or the decoder.
    pub(super) fn layers(&self, side: &str) -> usize {
        let has = |layer: &usize| {
            let name = format!("{side}/layer_{layer}/ffn/linear_0/weight");
            self.tensors.contains_key(&name)
        };
        (0..MAX_LAYERS).take_while(has).count()
    }

    /// The values of a tensor from one on, as they are in the file.
    pub(super) fn read(
        &mut self,
        name: &str,
        first: usize,
        bytes: &mut [u8],
    ) -> Result<(), ModelError> {
        let tensor = self.tensor(name)?;
        let size = tensor.data_type.bytes();
        let values: usize = tensor.shape.iter().product();
        if first * size + bytes.len() > values * size {
            return Err(self.error(format!("{name} is too small")));
        }
        let start = tensor.start + (first * size) as u64;
        self.file
            .seek(SeekFrom::Start(start))
            .and_then(|_| self.file.read_exact(bytes))
            .map_err(|source| failed(&self.path, source))
    }

    pub(super) fn error(&self, reason: impl Into<String>) -> ModelError {
        ModelError::Convert {
            what: self.path.display().to_string(),
            reason: reason.into(),
        }
    }

    fn tensor(&self, name: &str) -> Result<&Tensor, ModelError> {
        self.tensors
            .get(name)
            .ok_or_else(|| self.error(format!("it has no tensor {name}")))
    }

    fn place(&mut self) -> Result<u64, ModelError> {
        self.file
            .stream_position()
            .map_err(|source| failed(&self.path, source))
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        let mut bytes = [0; N];
        match self.file.read_exact(&mut bytes) {
            Ok(()) => Ok(bytes),
            Err(_) => Err(self.error("it is cut short")),
        }
    }

    fn u8(&mut self) -> Result<u8, ModelError> {
        Ok(u8::from_le_bytes(self.bytes()?))
    }

    fn u32(&mut self) -> Result<u32, ModelError> {
        Ok(u32::from_le_bytes(self.bytes()?))
    }

    /// A length of two bytes, then text that ends with a zero.
    fn string(&mut self) -> Result<String, ModelError> {
        let length = u16::from_le_bytes(self.bytes()?);
        if length > MAX_NAME_BYTES {
            return Err(self.error("a name in it is too long"));
        }
        let mut bytes = vec![0; usize::from(length)];
        if self.file.read_exact(&mut bytes).is_err() {
            return Err(self.error("it is cut short"));
        }
        if bytes.last() == Some(&0) {
            bytes.pop();
        }
        String::from_utf8(bytes).map_err(|_| self.error("a name in it is no text"))
    }
}
