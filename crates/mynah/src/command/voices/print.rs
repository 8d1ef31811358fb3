//! Kept voices as they are printed.

use mynah_api::{KeptVoice, VoiceAuditEntry};
use mynah_voices::{AuditEntry, Origin, Prompt, PromptSource, StoredVoice};

use crate::output::print::outln;

/// Prints a voice; as JSON in the shape of the HTTP API.
pub(in crate::command) fn print(voice: &StoredVoice, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        outln!(
            "{}",
            serde_json::to_string_pretty(&KeptVoice::from(voice.clone()))?
        )?;
        return Ok(());
    }
    outln!("{}  {}", voice.id, voice.name)?;
    if !voice.description.is_empty() {
        outln!("  {}", voice.description)?;
    }
    if !voice.tags.is_empty() {
        outln!("  tags       {}", voice.tags.join(", "))?;
    }
    match &voice.consent {
        Some(consent) if consent.revoked_at.is_none() => {
            outln!(
                "  consent    {} ({})",
                consent.speaker,
                consent.basis.as_str()
            )?;
        }
        Some(consent) => outln!("  consent    of {}, revoked", consent.speaker)?,
        None if voice.origin == Origin::Recording => outln!("  consent    none")?,
        None => {}
    }
    if let Some(speaker) = &voice.speaker {
        outln!("  speaker    {speaker}")?;
    }
    voice.prompts.iter().try_for_each(print_prompt)
}

/// Prints a recording: its style, its quality and its words.
fn print_prompt(prompt: &Prompt) -> anyhow::Result<()> {
    let quality = prompt.quality;
    let kind = match prompt.source {
        PromptSource::Recorded => "recording",
        PromptSource::Generated => "generated",
    };
    outln!(
        "  {kind}  {:.1} s, {:.0} % speech, {:.0} dB above the noise, {:.2} % clipped",
        quality.seconds,
        100.0 * quality.speech_fraction,
        quality.signal_to_noise_db,
        100.0 * quality.clipped_fraction
    )?;
    match &prompt.transcript {
        Some(text) => outln!("  words      {text}")?,
        None => outln!("  words      unknown: only the x-vector is used")?,
    }
    if !prompt.anchor {
        let style = prompt
            .style
            .as_ref()
            .map_or_else(|| "none".into(), ToString::to_string);
        outln!("  style      {style}  {}", prompt.id)?;
    }
    Ok(())
}

/// Prints what happened to a voice, the latest first.
pub(super) fn print_audit(entries: Vec<AuditEntry>, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        let entries: Vec<_> = entries.into_iter().map(VoiceAuditEntry::from).collect();
        outln!("{}", serde_json::to_string_pretty(&entries)?)?;
        return Ok(());
    }
    for AuditEntry {
        event,
        day,
        key_id,
        count,
        ..
    } in entries
    {
        let by = match key_id.is_empty() {
            true => "without a key".to_owned(),
            false => format!("by the key {key_id}"),
        };
        outln!("{}  {event:16}  {count:6}  {by}", date(day))?;
    }
    Ok(())
}

/// A day since 1970 as YYYY-MM-DD.
fn date(day: i64) -> String {
    let date = jiff::Timestamp::from_second(day.saturating_mul(86_400));
    date.map_or_else(
        |_| day.to_string(),
        |date| date.strftime("%Y-%m-%d").to_string(),
    )
}
