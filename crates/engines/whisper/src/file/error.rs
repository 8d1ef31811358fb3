//! What can be wrong with a model's file.

/// Why a file is no model that can be loaded. Each is the fault of the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// It is not there, or it may not be read.
    #[error("{}", unreadable(*.0))]
    Io(std::io::ErrorKind),
    /// It holds something else.
    #[error("it is not a whisper.cpp model (a ggml file)")]
    NotGgml,
    /// It is of the newer format, in which whisper.cpp has no models.
    #[error("it is a GGUF file; whisper.cpp reads its own ggml format (`ggml-*.bin`)")]
    Gguf,
    /// It ends too early.
    #[error("it is cut short: it ends within {0}")]
    Short(String),
    /// One of the numbers at its head is none that a Whisper model has.
    #[error("its {name} is {value}, which no Whisper model has")]
    Number {
        /// Which number, by its name in the format.
        name: &'static str,
        /// Its value.
        value: i32,
    },
    /// Its mel filters are not those of its encoder.
    #[error("its mel filters are {mels} by {bins}")]
    Filters {
        /// Bands.
        mels: i32,
        /// Bins of the spectrum.
        bins: i32,
    },
    /// The vocabulary is larger than the model's output, or empty.
    #[error("its vocabulary has {0} words")]
    Vocabulary(i32),
    /// A word of the vocabulary is absurdly long.
    #[error("its vocabulary has a word of {0} bytes")]
    Word(u32),
    /// The word that is suppressed at the beginning of a text is not there.
    #[error("its vocabulary has no word for a single space")]
    NoSpace,
    /// A tensor's header makes no sense.
    #[error("the header of one of its tensors is damaged")]
    Header,
    /// A tensor that no such model has, or has only once.
    #[error("it has a tensor too many: {0}")]
    Unknown(String),
    /// A tensor that is not there.
    #[error("it lacks the tensor {0}")]
    Missing(String),
    /// A tensor of another size than the model's numbers say.
    #[error("its tensor {name} is {shape:?} and not {expected:?}")]
    Shape {
        /// The tensor's name.
        name: String,
        /// What the file has, fastest dimension first.
        shape: [i64; 3],
        /// What the model's numbers ask for.
        expected: [i64; 3],
    },
    /// A tensor in another format than the model's numbers say.
    #[error("its tensor {name} is in the format {kind}, which does not fit")]
    Format {
        /// The tensor's name.
        name: String,
        /// ggml's number of the format.
        kind: i32,
    },
}

fn unreadable(kind: std::io::ErrorKind) -> String {
    match kind {
        std::io::ErrorKind::NotFound => "it is not there".to_owned(),
        kind => format!("it cannot be read: {kind}"),
    }
}
