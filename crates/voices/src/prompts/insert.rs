//! The rows of a new prompt.

/// Inserts a clip and the prompt that is spoken from it, within a transaction. The object of the clip must be
/// stored, under the same lock. `$consent` is the id of the consent that came with the recording, where that is
/// not the voice's.
macro_rules! insert_prompt {
    ($connection:ident, $workspace:expr, $voice:expr, $prompt:expr, $consent:expr) => {
        sqlx::query(
            "INSERT INTO clips (id, workspace, sha256, bytes, samples, quality, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind($prompt.clip.id.as_str())
        .bind($workspace)
        .bind($prompt.clip.blob.as_str())
        .bind($prompt.clip.bytes)
        .bind($prompt.clip.samples)
        .bind($crate::row::json(&$prompt.quality))
        .bind($prompt.created_at)
        .execute(&mut *$connection)
        .await?;
        sqlx::query(
            "INSERT INTO prompts (id, voice_id, style, tags, transcript, x_vector_only, language, source, \
             instruct, seed, clip_id, is_anchor, created_at, consent_id) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        )
        .bind($prompt.id.as_str())
        .bind($voice.as_str())
        .bind($prompt.style.as_ref().map(ToString::to_string))
        .bind($crate::row::json(&$prompt.tags))
        .bind($prompt.transcript.as_deref())
        .bind($prompt.x_vector_only)
        .bind($prompt.language.as_ref().map(ToString::to_string))
        .bind($crate::row::word_of(&$prompt.source))
        .bind($prompt.instruct.as_deref())
        .bind($prompt.seed.map(u64::cast_signed))
        .bind($prompt.clip.id.as_str())
        .bind($prompt.anchor)
        .bind($prompt.created_at)
        .bind($consent)
        .execute(&mut *$connection)
        .await?;
    };
}
pub(crate) use insert_prompt;
