//! Which instructions this machine has, found out once.

use std::sync::OnceLock;

/// A set of kernels, slowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Isa {
    /// Plain Rust.
    Portable,
    /// 64-bit ARM.
    Neon,
    /// x86-64 with AVX2 and FMA.
    Avx2,
    /// x86-64 with AVX-512 F, BW, VL, DQ, VNNI and BF16.
    Avx512,
}

impl Isa {
    /// The best that this machine has, or what `MYNAH_QWEN3_ISA` names (`portable`, `neon`,
    /// `avx2`, `avx512`) where the machine has that.
    pub fn best() -> Self {
        static BEST: OnceLock<Isa> = OnceLock::new();
        *BEST.get_or_init(|| {
            let limit = std::env::var("MYNAH_QWEN3_ISA").ok();
            let limit = match limit.as_deref() {
                Some("portable") => Self::Portable,
                Some("neon") => Self::Neon,
                Some("avx2") => Self::Avx2,
                _ => Self::Avx512,
            };
            [Self::Avx512, Self::Avx2, Self::Neon]
                .into_iter()
                .find(|isa| *isa <= limit && isa.is_available())
                .unwrap_or(Self::Portable)
        })
    }

    /// Whether this machine has it.
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            Self::Neon => cfg!(target_arch = "aarch64"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                Self::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vnni")
                    && is_x86_feature_detected!("avx512bf16")
            }
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => false,
        }
    }

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Neon => "neon",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }
}
