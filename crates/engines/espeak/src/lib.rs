//! Speech in many languages by espeak-ng, as a child process.
