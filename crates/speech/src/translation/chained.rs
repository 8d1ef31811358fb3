//! Two translators, one after the other, through a third language.

use std::sync::Arc;

use super::{Translator, translate};
use crate::{Cancel, EngineHealth, EngineInfo, Language, SpeechError};

/// One step of a chain.
#[derive(Clone)]
pub struct Hop {
    /// The engine.
    pub engine: Arc<dyn Translator>,
    /// The source by the engine's own name.
    pub from: Language,
    /// The target by the engine's own name.
    pub to: Language,
}

/// A translator of one direction that has two steps. Literals are protected in each of them. Errors
/// are those of the step that failed.
pub struct Chained {
    info: EngineInfo,
    first: Hop,
    second: Hop,
}

impl Chained {
    /// A chain of two steps. Its `info` is that of the first engine; it is a demo engine where one
    /// of both is.
    pub fn new(first: Hop, second: Hop) -> Self {
        let mut info = first.engine.info().clone();
        info.demo |= second.engine.info().demo;
        Self {
            info,
            first,
            second,
        }
    }
}

impl Translator for Chained {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn health(&self) -> EngineHealth {
        match self.first.engine.health() {
            EngineHealth::Ready { .. } => self.second.engine.health(),
            missing @ EngineHealth::Missing { .. } => missing,
        }
    }

    fn pairs(&self) -> Vec<(Language, Language)> {
        if self.health().is_ready() {
            vec![(self.first.from.clone(), self.second.to.clone())]
        } else {
            Vec::new()
        }
    }

    fn translate(
        &self,
        text: &str,
        from: &Language,
        to: &Language,
        cancel: &Cancel,
    ) -> Result<String, SpeechError> {
        let (source, target) = (&self.first.from, &self.second.to);
        if !source.serves(from) || !target.serves(to) {
            return Err(SpeechError::Unsupported {
                param: "language",
                message: format!("this chain has no {from}→{to}; it has {source}→{target}"),
            });
        }
        let between = translate(&*self.first.engine, text, source, &self.first.to, cancel)?;
        translate(
            &*self.second.engine,
            &between,
            &self.second.from,
            to,
            cancel,
        )
    }
}
