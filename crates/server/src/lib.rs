//! The HTTP door: OpenAI-compatible speech, transcription and translation, health, metrics, the page.
