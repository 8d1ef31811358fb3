//! Changes of a session's configuration.

use mynah_api::realtime::{ServerEventBody, SessionUpdate};

use super::session::{RealtimeSession, Stop};
use crate::fault::Fault;
use crate::input_format::{InputFormat, SampleDecoder};

impl RealtimeSession<'_> {
    pub(super) async fn update(&mut self, update: SessionUpdate) -> Result<(), Stop> {
        let event_id = update.event_id;
        let (config, ignored) = match self.config.patched(update.session) {
            Ok(patched) => patched,
            Err(fault) => {
                let fault = fault.of_event(event_id.as_deref());
                return Ok(self.parts.send_queue.fault(fault).await?);
            }
        };
        if config.options != self.config.options || self.description.is_none() {
            match self.input.configure(&config.options).await {
                Ok(description) => self.description = Some(description),
                Err(fault) => {
                    let fault = fault.of_event(event_id.as_deref());
                    return Ok(self.parts.send_queue.fault(fault).await?);
                }
            }
        }
        let format = config.format;
        let reformatted = format != self.config.format;
        self.config = config;
        if reformatted {
            self.receive(format, event_id.as_deref()).await?;
        }
        self.update_filter();
        let session = self.describe(ignored);
        let updated = ServerEventBody::Updated { session };
        Ok(self.parts.send_queue.send(updated).await?)
    }

    /// Takes what follows in another format.
    async fn receive(&mut self, format: InputFormat, event_id: Option<&str>) -> Result<(), Stop> {
        let whole = self.decoder.is_whole();
        self.decoder = SampleDecoder::new(format);
        self.received.set_rate(format.rate());
        self.input.set_rate(format.rate()).map_err(Stop::End)?;
        if !whole {
            let message = "half a sample was left over before the format changed; all before it \
                           is interpreted";
            let fault = Fault::client("odd_audio_length", message).blaming("audio");
            self.parts
                .send_queue
                .fault(fault.of_event(event_id))
                .await?;
        }
        Ok(())
    }
}
