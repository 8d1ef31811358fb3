import { apiKey } from "../api/key";
import { Failure } from "../api/failure";
import { toBase64, toPcm16 } from "../audio/pcm";
import { parseEvent, type ClientEvent, type ServerEvent } from "./events";
import type { ResumeRequest } from "./resumeState";

const PATH = "/v1/realtime/translations";
/** The engines follow from the languages; the protocol requires a name all the same. */
const MODEL = "mynah";

/** What to interpret, and into what. */
export interface Languages {
  from: string;
  to: string;
}

export interface LinkEvents {
  /** The session is configured: sound can be sent. Of a resumed one, what follows this sample. */
  ready(resumedAfter: number | undefined): void;
  event(event: ServerEvent): void;
  /** It is over: properly, or not. */
  over(clean: boolean): void;
}

/** One connection to the server. It does not reconnect: `Live` makes a new one, which may resume. */
export class Link {
  readonly #socket: WebSocket;
  readonly #languages: Languages;
  readonly #events: LinkEvents;
  #resume: ResumeRequest | undefined;
  #clean = false;
  #ready = false;

  constructor(languages: Languages, events: LinkEvents, resume?: ResumeRequest) {
    this.#resume = resume;
    this.#languages = languages;
    this.#events = events;
    const key = apiKey();
    const secret = key === undefined ? [] : [`openai-insecure-api-key.${key}`];
    const url = new URL(`${PATH}?model=${MODEL}`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    this.#socket = new WebSocket(url, ["realtime", ...secret]);
    this.#socket.addEventListener("message", ({ data }) => this.#receive(data));
    this.#socket.addEventListener("close", () => this.#events.over(this.#clean));
  }

  send(samples: Float32Array): void {
    const audio = toBase64(toPcm16(samples));
    this.#send({ type: "session.input_audio_buffer.append", audio });
  }

  /** All that was sent is interpreted, then the connection ends. */
  finish(): void {
    this.#send({ type: "session.close" });
  }

  /** Ends it at once, without a word. */
  drop(): void {
    this.#events.over = () => undefined;
    this.#events.event = () => undefined;
    // A normal closure: the session is not kept for a resume.
    this.#socket.close(1000);
  }

  #send(message: ClientEvent): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #receive(frame: unknown): void {
    const event = parseEvent(frame);
    if (!event) return;
    if (event.type === "session.created") this.#configure();
    if (!this.#ready && this.#resume) {
      if (event.type === "session.resumed") this.#begin(event.through_sample);
      // The session is gone, and that of this connection takes its place.
      else if (event.type === "error" && event.error.code === "invalid_resume_token") {
        this.#begin(undefined);
        return;
      } else if (event.type === "error") {
        this.#socket.close();
        return;
      }
    } else if (!this.#ready && event.type === "session.updated") this.#begin(undefined);
    if (event.type === "session.closed") this.#clean = true;
    this.#events.event(event);
  }

  #begin(resumedAfter: number | undefined): void {
    this.#ready = true;
    this.#events.ready(resumedAfter);
  }

  #configure(): void {
    const { from, to } = this.#languages;
    const input = { language: from, transcription: { model: MODEL }, preview: true };
    this.#send({ type: "session.update", session: { audio: { input, output: { language: to } } } });
    if (!this.#resume) return;
    const { token, lastSeq } = this.#resume;
    this.#send({ type: "session.resume", resume_token: token, last_seq: lastSeq });
  }
}

/** Why a connection was refused: browsers do not report it, so the same path is requested over HTTP. */
export async function refusal(): Promise<Failure> {
  try {
    const key = apiKey();
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const response = await fetch(`${PATH}?model=${MODEL}`, { headers });
    const failure = Failure.fromAnswer(response, await response.json().catch(() => undefined));
    const telling = failure.code !== "unreadable" && ![400, 404, 426].includes(response.status);
    return telling ? failure : new Failure("connection_refused");
  } catch (thrown) {
    return Failure.fromThrown(thrown);
  }
}
