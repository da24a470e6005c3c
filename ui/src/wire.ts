// Made from the crate `wire` by `cargo xtask check --fix`; changes belong there.

export type Timestamp = number;

export type ServiceName = string;

export type Condition = "off" | "well" | "busy" | "needs_you";

export type Piece = string | Timestamp;

export type Sentence = Array<Piece>;

export type Face = "stopped" | "binding" | "waiting" | "proving" | "listening" | "crowded" | "shared" | "silent" | "taken" | "refused" | "stopping" | "restarting" | "failed" | "partial";

export type Remedy = "free" | "start" | "retry" | "restart" | "stop";

export type Offer = { remedy: Remedy, 
/**
 * The same on a button.
 */
label: string, 
/**
 * Whether it mends what is wrong.
 */
is_cure: boolean, };

export type Life = { "life": "stopped" } | { "life": "starting" } | { "life": "waiting" } | { "life": "running" } | { "life": "restarting", 
/**
 * How often it has ended since it was last stable.
 */
crashes: number, next_at: Timestamp, reason: string, } | { "life": "stopping" } | { "life": "failed", reason: string, };

export type Identity = { pid: number, 
/**
 * When the kernel says it began, in the kernel's own unit. Only ever compared, never read.
 */
began: string, 
/**
 * The path of its program, where it may be read.
 */
executable: string | null, 
/**
 * The numeric id of its user, where the system has one.
 */
uid: number | null, 
/**
 * What tells its command line from another one: a program may become another one without a new process id. Only ever
 * compared, never read; none where it may not be read, and from older builds.
 */
command_digest?: string, };

export type HolderKind = "program" | "older_xswarm" | "container";

export type Guard = "ourselves" | "running_xswarm" | "our_program" | "ancestor" | "system" | "another_user" | "container";

export type Holder = { 
/**
 * Which process exactly: this is what a confirmation sends back.
 */
identity: Identity, name: string, 
/**
 * The command line, one element an argument.
 */
command_line: Array<string>, user: string | null, started: Timestamp | null, 
/**
 * Where it listens, for instance `0.0.0.0:9998`.
 */
address: string, kind: HolderKind, 
/**
 * Whether it is frozen: it takes connections and never answers them.
 */
is_frozen: boolean, 
/**
 * Whether it has its socket from another holder, for instance from the parent that started it. All of them must
 * end before the port is free.
 */
has_inherited: boolean, 
/**
 * The program of ours that it belongs to, if it does to one.
 */
program?: ServiceName, 
/**
 * The program that started it or has adopted it, for instance `systemd (1)`. What starts it may start it again.
 */
started_by: string | null, 
/**
 * Why we will not end it, or nothing if we would on confirmation.
 */
guard: Guard | null, };

export type Cause = { "cause": "held", holders: Array<Holder>, } | { "cause": "reserved", holders: Array<Holder>, } | { "cause": "connected", holders: Array<Holder>, } | { "cause": "hidden", user: string | null, 
/**
 * What a person with more rights may run to learn more.
 */
command: string, } | { "cause": "orphaned", pid: number, } | { "cause": "claimed", by: ServiceName, } | { "cause": "lingering", free_at: Timestamp, } | { "cause": "exhausted" } | { "cause": "unseen", 
/**
 * What a person with more rights may run to learn more.
 */
command: string, };

export type Refusal = { "refusal": "not_permitted" } | { "refusal": "no_such_address" } | { "refusal": "reserved", from: number, to: number, } | { "refusal": "other", message: string, };

export type Silence = "unanswered" | "out_of_descriptors" | "unreachable" | "not_listening" | "other_protocol" | "unverifiable";

export type Crowding = { pid: number, name: string, connections: number, };

export type PortState = { "state": "stopped" } | { "state": "binding", attempt: number, attempts: number, } | { "state": "waiting", attempt: number, attempts: number, next_at: Timestamp, cause: Cause, } | { "state": "proving", since: Timestamp, } | { "state": "listening", since: Timestamp, proven_at: Timestamp, } | { "state": "crowded", since: Timestamp, proven_at: Timestamp, 
/**
 * How many were turned away, or had to make way, between the last two proofs.
 */
turned_away: number, 
/**
 * The programs of this machine that have most of the connections, those with the most first.
 */
by: Array<Crowding>, } | { "state": "shared", since: Timestamp, cause: Cause, 
/**
 * Whether a setting allows it.
 */
is_intended: boolean, } | { "state": "silent", since: Timestamp, why: Silence, } | { "state": "taken", attempts: number, cause: Cause, } | { "state": "refused", refusal: Refusal, };

export type Companion = { 
/**
 * The address, for instance `[::1]:9998`.
 */
address: string, state: PortState, 
/**
 * Whether somebody else takes connections there that were meant for us. Follows from `state`.
 */
is_shadowed: boolean, condition: Condition, word: string, sentence: Sentence, hint: string, };

export type Mishap = { "mishap": "in_use", address: string, cause: Cause, } | { "mishap": "refused", address: string, refusal: Refusal, } | { "mishap": "shared", address: string, cause: Cause, } | { "mishap": "silent", address: string, why: Silence, } | { "mishap": "lost", address: string, } | { "mishap": "crashed", reason: string, };

export type Trouble = { at: Timestamp, what: Mishap, };

export type ServiceKind = "hosted" | "program";

export type Program = { 
/**
 * What is started, as one would type it; a long one ends with "…".
 */
command: string, 
/**
 * Its process, while it runs.
 */
pid: number | null, 
/**
 * When it was started, while it runs.
 */
started: Timestamp | null, 
/**
 * When it should be ready, while it runs. It isn't ended for being late.
 */
ready_by: Timestamp | null, 
/**
 * Whether it listens where it should.
 */
listens: boolean, 
/**
 * Where it listens, if it does so anywhere but where it should.
 */
elsewhere: Array<string>, 
/**
 * Whether the system could start it when that was last tried.
 */
could_start: boolean, };

export type Service = { name: ServiceName, kind: ServiceKind, 
/**
 * Which program it is, where it is one.
 */
program?: Program, title: string, 
/**
 * What it is for, in a few words.
 */
purpose: string, 
/**
 * What it does, as the end of a sentence.
 */
deed: string, 
/**
 * Where it listens or would, for instance `127.0.0.1:9998`.
 */
address: string, port: number, 
/**
 * How it is, in one word. Follows from `life` and `state`.
 */
condition: Condition, life: Life, 
/**
 * The truth about its port at the address that it must have.
 */
state: PortState, 
/**
 * Its port at the other addresses, which it has where it can.
 */
companions: Array<Companion>, 
/**
 * What its mark shows. Follows from `life`, `state` and `companions`.
 */
face: Face, 
/**
 * The same as a word.
 */
word: string, 
/**
 * How it is, without its name: `listening on 127.0.0.1:9998`.
 */
sentence: Sentence, 
/**
 * What comes of that by itself, or what helps: whole sentences, or nothing.
 */
hint: string, 
/**
 * What can be done about it, the most helpful first.
 */
offers: Array<Offer>, 
/**
 * What went wrong with it since the start, the latest last; the oldest are forgotten.
 */
troubles: Array<Trouble>, };

export type Engine = "line_check" | "moshi";

export type EngineChoice = Engine | Array<Engine>;

export type EngineOrder = { 
/**
 * What is to answer them.
 */
engine: EngineChoice, 
/**
 * The address of a server that was found: it becomes the first of those in the settings.
 */
server?: string, };

export type EngineOffer = { 
/**
 * What is given to choose it.
 */
choice: EngineChoice, 
/**
 * What people call it: `MOSHI`.
 */
title: string, 
/**
 * What it is, and what becomes of calls that it can't answer, in sentences.
 */
text: string, 
/**
 * Whether the next call gets it.
 */
is_chosen: boolean, 
/**
 * What it takes before it can be chosen, as a sentence, if anything.
 */
needs: string | null, };

export type EngineChosen = { engine: EngineChoice, 
/**
 * The server that was found and answers them now, if one was chosen.
 */
server?: string, 
/**
 * The file in which it is to be kept.
 */
path: string, 
/**
 * Why it can't be kept there, so that it holds until xSwarm Voice quits; nothing where it is kept.
 */
unkept: string | null, 
/**
 * All this as people read it.
 */
sentence: string, };

export type CertificateFault = "untrusted" | "other_name" | "expired" | "other";

export type ModelCause = { "cause": "refused" } | { "cause": "no_such_name" } | { "cause": "no_connection" } | { "cause": "speaks_tls" } | { "cause": "speaks_plain" } | { "cause": "certificate", fault: CertificateFault, } | { "cause": "unauthorized", status: number, } | { "cause": "redirect", to: string, } | { "cause": "not_found" } | { "cause": "not_moshi", status: number | null, } | { "cause": "mute" } | { "cause": "hangs_up" } | { "cause": "faulty", status: number, } | { "cause": "drops_calls" } | { "cause": "not_installed", service: ServiceName, reason: string, } | { "cause": "crashed", service: ServiceName, reason: string, } | { "cause": "starting", service: ServiceName, } | { "cause": "stopped", service: ServiceName, } | { "cause": "other", problem: string, };

export type ModelHealth = { "health": "unknown" } | { "health": "reachable" } | { "health": "busy" } | { "health": "unreachable", cause: ModelCause, } | { "health": "stalled" };

export type Model = { 
/**
 * What speaks with it.
 */
engine: Engine, 
/**
 * Where it is: host and port. Whatever else its address holds may be a key.
 */
server: string, 
/**
 * Whether that is this machine.
 */
is_local: boolean, health: ModelHealth, 
/**
 * Since when it is so.
 */
since: Timestamp, 
/**
 * When it was last asked, or showed by a call how it is.
 */
asked_at: Timestamp | null, 
/**
 * How many calls it answers.
 */
calls: number, 
/**
 * What answers calls in its place where no server does, if anything.
 */
stand_in: Engine | null, 
/**
 * How it is, in one word. Follows from `health` and `calls`.
 */
condition: Condition, 
/**
 * The same as a word for its mark.
 */
word: string, 
/**
 * How it is, without its name: `nobody listens there`.
 */
sentence: Sentence, 
/**
 * What helps, and what becomes of calls meanwhile: whole sentences, or nothing.
 */
hint: string, };

export type Carrier = "twilio" | "telnyx" | "plivo" | "moshi";

export type CallPhase = "quiet" | "caller" | "engine";

export type Heard = { 
/**
 * How loud it is, in decibels below full scale; -100 is silence.
 */
level_dbfs: number, 
/**
 * How much arrived, in milliseconds.
 */
sound_ms: number, 
/**
 * How much was lost before it arrived, in milliseconds.
 */
lost_ms: number, 
/**
 * By how much the last of it came later than the quickest of the last seconds, in milliseconds.
 */
lag_ms: number, utterances: number, keys: number, 
/**
 * How many pieces of it the engine was too slow to hear.
 */
dropped: number, 
/**
 * How many messages came that nobody should send who speaks as this caller does.
 */
odd?: number, 
/**
 * How often the carrier's counter of time made a step that the clock on the wall didn't confirm.
 */
steps?: number, };

export type Gaps = { 
/**
 * Half of them are no longer.
 */
p50_ms: number, 
/**
 * 95 of 100 are no longer.
 */
p95_ms: number, 
/**
 * 99 of 100 are no longer.
 */
p99_ms: number, 
/**
 * How many frames came more than 40 ms after the one before.
 */
late: number, };

export type Said = { 
/**
 * How loud it is, in decibels below full scale; -100 is silence.
 */
level_dbfs: number, 
/**
 * How much was sent, in milliseconds.
 */
sound_ms: number, 
/**
 * How often the caller cut in.
 */
clears: number, gaps: Gaps, 
/**
 * From when a mark should have been reached to its echo, at the last mark whose echo came, in milliseconds.
 */
round_trip_ms: number | null, };

export type ModelState = "connecting" | "queued" | "ready" | "stalled" | "lost" | "reconnecting" | "unanswered";

export type ModelServer = { 
/**
 * Where it is: host and port. Empty until the first is asked.
 */
server: string, state: ModelState, };

export type Speaker = "suggested" | "dictated" | "engine";

export type Words = { by: Speaker, text: string, 
/**
 * When they were taken in.
 */
at: Timestamp, };

export type EndedBy = "caller" | "engine" | "supervisor" | "bridge" | "limit" | "fault" | "lost";

export type CallEnd = { at: Timestamp, by: EndedBy, reason: string, };

export type Way = "suggest" | "speak";

export type NotOffered = { way: Way, why: Refused, };

export type Call = { 
/**
 * Its number since the start.
 */
id: number, from: Carrier, 
/**
 * What its carrier calls it, where it tells: Twilio's `callSid`, for instance.
 */
carrier_id: string | null, engine: Engine, since: Timestamp, phase: CallPhase, 
/**
 * How many utterances of the caller were played back.
 */
echoes: number, heard: Heard, said: Said, 
/**
 * The speech model that answers, where one does or should.
 */
model: ModelServer | null, 
/**
 * The last words that were put into it or came out of its engine, where there are any.
 */
words: Words | null, 
/**
 * How it ended, once it has.
 */
end: CallEnd | null, 
/**
 * What would come to nothing in it, and why.
 */
not_offered?: Array<NotOffered>, };

export type TurnedAway = { service: ServiceName, 
/**
 * Who they are, counted: `3 streams to the voice bridge`.
 */
whom: string, 
/**
 * The reason in one word, for instance `no_secret`; in `/metrics` they are counted by it.
 */
reason: string, 
/**
 * Why, as the end of a sentence: `they showed no secret`.
 */
because: string, 
/**
 * What would mend it, as a sentence.
 */
cure: string, 
/**
 * How often since the start.
 */
times: number, last_at: Timestamp, };

export type SettingsEffect = "kept" | "set_aside" | "only_this_machine";

export type Note = { "note": "settings_unreadable", path: string, 
/**
 * Where and what, in one line.
 */
problem: string, effect: SettingsEffect, } | { "note": "published_token" } | { "note": "short_token" } | { "note": "secret_replaced", 
/**
 * Which file, and what was wrong with it, in one line.
 */
problem: string, } | { "note": "not_kept", path: string, problem: string, } | { "note": "engine_not_kept", path: string, problem: string, } | { "note": "restart_needed", path: string, 
/**
 * Which settings a restart would change.
 */
settings: Array<string>, 
/**
 * What is wrong with the file that was not when it was read at the start, in one line.
 */
problem: string | null, 
/**
 * Whether nobody comes in from other machines until then, for an error that has been mended.
 */
only_this_machine: boolean, };

export type FoundServer = { 
/**
 * Where it is: host and port.
 */
server: string, 
/**
 * Its address as the settings have it.
 */
url: string, 
/**
 * The program that listens there, where that can be seen: `python3 (4711)`.
 */
holder: string | null, 
/**
 * What is given with its address to have it answer calls.
 */
choice: EngineChoice, 
/**
 * What was found, in a sentence.
 */
sentence: string, 
/**
 * What becomes of it, in a sentence.
 */
hint: string, };

export type Snapshot = { version: string, pid: number, started: Timestamp, 
/**
 * The services that it runs, in the order in which they are shown.
 */
services: Array<Service>, 
/**
 * What the next call is to be answered by, first of all.
 */
engine: Engine, 
/**
 * What may be chosen to answer calls, and what is.
 */
engines: Array<EngineOffer>, 
/**
 * The servers with the speech models that are set to answer calls, in the order in which they are preferred.
 */
models: Array<Model>, 
/**
 * Servers with speech models that run on this machine and answer no calls, for nobody has named them.
 */
found: Array<FoundServer>, 
/**
 * The calls going on, the oldest first.
 */
calls: Array<Call>, 
/**
 * The last calls that ended, the latest first; older ones are forgotten.
 */
ended_calls: Array<Call>, 
/**
 * Who was turned away since the start, and why, the latest first.
 */
turned_away: Array<TurnedAway>, notes: Array<Note>, 
/**
 * The notes as people read them, in the same order.
 */
remarks: Array<string>, 
/**
 * How the whole is, in one word: as what is worst off among the services and what is to answer their calls. It is off
 * where nothing is worse and a service is.
 */
condition: Condition, 
/**
 * Whether nothing would be wrong if nobody crowded the ports.
 */
is_only_crowded: boolean, 
/**
 * How the whole is, as a word for its mark.
 */
word: string, 
/**
 * How the whole is, in a sentence: what is on its way or in trouble is said alone.
 */
sentence: string, };

export type Order = { "order": "start", service: ServiceName, } | { "order": "stop", service: ServiceName, } | { "order": "restart", service: ServiceName, } | { "order": "free_port", service: ServiceName, 
/**
 * The holders that the person was shown and agreed to end. With none of them the answer is
 * [`Failure::Unconfirmed`], which lists them.
 */
victims: Array<Identity>, };

export type Force = "none" | "polite" | "firm";

export type Ended = { identity: Identity, name: string, force: Force, };

export type Outcome = { "outcome": "done", service: Service, } | { "outcome": "freed", ended: Array<Ended>, 
/**
 * How long it took from the first signal to the proven listener, in milliseconds.
 */
took_ms: number, service: Service, };

export type Whom = "next" | number;

export type Priority = "low" | "normal" | "high";

export type Reason = "no_such_call" | "ambiguous" | "engine_takes_no_text" | "takes_no_speech" | "no_voice" | "voice_failed" | "empty" | "too_long" | "queue_full" | "rate_limited" | "interrupted" | "stopped" | "call_ended";

export type Refused = { 
/**
 * The sentence, without a full stop.
 */
reason: string, code: Reason, 
/**
 * Whether saying the same word for word would do instead.
 */
can_speak: boolean, };

export type Suggesting = { text: string, priority: Priority, 
/**
 * For which call. Without it: the only one that goes on, or the next to begin.
 */
call: Whom | null, };

export type Speaking = { text: string, 
/**
 * To which call. Without it and `stream_sid`: the only one that goes on.
 */
call: number | null, 
/**
 * The same, as the call's carrier names its stream or the call itself.
 */
stream_sid: string | null, };

export type Silencing = { 
/**
 * What is being said in this call.
 */
call: number | null, 
/**
 * The piece of this number.
 */
speech: number | null, };

export type CallOrder = { "order": "hang_up", call: number, } | { "order": "suggest" } & Suggesting | { "order": "speak" } & Speaking | { "order": "stop_speech" } & Silencing;

export type CallOutcome = { "outcome": "hung_up", call: number, } | { "outcome": "suggested", suggestion: number, call: number | null, } | { "outcome": "delivered", suggestion: number, call: number, at: Timestamp, } | { "outcome": "speaking", call: number, speech: number, length_ms: number, } | { "outcome": "heard", call: number, speech: number, duration_ms: number, } | { "outcome": "speech_stopped", stopped: number, };

export type CallFailure = { "call_failure": "no_such_call", call: number, } | { "call_failure": "not_taken" } & Refused | { "call_failure": "not_delivered", suggestion: number, call: number | null, 
/**
 * The sentence, without a full stop.
 */
reason: string, code: Reason, 
/**
 * Whether saying the same word for word would do instead.
 */
can_speak: boolean, } | { "call_failure": "expired", suggestion: number, } | { "call_failure": "not_heard", call: number | null, speech: number | null, 
/**
 * How much of it was heard, where anybody knows.
 */
heard_ms: number | null, 
/**
 * The sentence, without a full stop.
 */
reason: string, code: Reason, 
/**
 * Whether saying the same word for word would do instead.
 */
can_speak: boolean, };

export type Failure = { "failure": "not_here", service: ServiceName, } | { "failure": "not_running", service: ServiceName, } | { "failure": "nothing_to_free", service: ServiceName, } | { "failure": "unconfirmed", holders: Array<Holder>, } | { "failure": "not_visible", cause: Cause, } | { "failure": "refused", pid: number, name: string, guard: Guard, } | { "failure": "changed", pid: number, } | { "failure": "survived", pid: number, name: string, } | { "failure": "still_taken", ended: Array<Ended>, cause: Cause, } | { "failure": "halfway", ended: Array<Ended>, then: Failure, } | { "failure": "not_chosen", why: string, } | { "failure": "system", message: string, } | { "failure": "ending" } | { "failure": "call" } & CallFailure;

export type LogLevel = "ERROR" | "WARN" | "INFO" | "DEBUG" | "TRACE";

export type LogLine = { 
/**
 * Its number since the start, from 1.
 */
number: number, at: Timestamp, level: LogLevel, 
/**
 * Which part of the program says it.
 */
source: string, 
/**
 * Its words: a message, and its fields behind it.
 */
text: string, };

export type SettingValue = boolean | number | number | string | Array<SettingValue>;

export type Setting = { 
/**
 * Its name, for instance `voice_bridge.limits.calls`.
 */
key: string, 
/**
 * What it is for. Empty where the one before says it for both.
 */
text: string, default: SettingValue, 
/**
 * What the file says, if it says anything.
 */
value: SettingValue | null, };

export type SettingsSection = { 
/**
 * Its name, for instance `voice_bridge.limits`.
 */
name: string, fields: Array<Setting>, };

export type SettingsProblem = { 
/**
 * Which setting is wrong, where that can be told.
 */
key: string | null, 
/**
 * In which line of the file it stands, counted from 1.
 */
line: number | null, 
/**
 * What is wrong, in one line: what is to be said of the setting.
 */
problem: string, effect: SettingsEffect, };

export type SettingsForm = { path: string, problems: Array<SettingsProblem>, 
/**
 * Its sections, in the order in which people read them.
 */
sections: Array<SettingsSection>, };

export type Requirement = "hardware" | "memory" | "speed" | "program" | "packages" | "model_files" | "port";

export type CheckResult = "met" | "missing" | "doubtful" | "unknown";

export type ServerCheck = { 
/**
 * What is looked at, in one word.
 */
check: Requirement, result: CheckResult, 
/**
 * The result as a word for its mark.
 */
word: string, 
/**
 * What was found, in a sentence.
 */
sentence: string, 
/**
 * What to do about it, where something is to be done.
 */
cure?: string, 
/**
 * The same as a command to be copied, where it is one.
 */
command?: string, };

export type KnownServer = { 
/**
 * What it is called in the settings.
 */
id: string, title: string, 
/**
 * What it is, and what should be known of it, in a sentence or two.
 */
about: string, 
/**
 * How it is started, a word each.
 */
command: Array<string>, 
/**
 * The folder that it has to be started in, where it has to be in one.
 */
folder: string | null, 
/**
 * What has xSwarm Voice start and watch it, as lines of its settings.
 */
settings: string, 
/**
 * Where it is reached once it runs.
 */
url: string, 
/**
 * What it takes, in the order in which people see to it.
 */
checks: Array<ServerCheck>, 
/**
 * Whether nothing is missing.
 */
is_ready: boolean, 
/**
 * How it is, in a sentence.
 */
sentence: string, };

export type DesktopOffers = { 
/**
 * Whether anything shows tray icons here.
 */
tray: boolean, 
/**
 * Whether every program is asked to end before it is ended firmly, not only one with a window.
 */
all_are_asked: boolean, };

export type SettingsSaved = { "saved": "written", sentence: string, } | { "saved": "wrong", problem: SettingsProblem, } | { "saved": "taken", sentences: Array<string>, };

export type Report = { 
/**
 * What needs to be done; nothing if all is well.
 */
findings: Array<string>, lines: Array<string>, };

export type Echo = { delay_ms: number, 
/**
 * How much louder it was.
 */
gain_db: number, 
/**
 * How alike it was; 1 is the same.
 */
correlation: number, };

export type Answerer = { 
/**
 * What did, as far as that is known.
 */
engine: Engine | null, 
/**
 * Whether that is what is set to answer.
 */
is_wanted: boolean, 
/**
 * The same as a sentence, with why it isn't.
 */
sentence: string, 
/**
 * The last words that came out of it, where there are any.
 */
words: string | null, };

export type TestCall = { "call": "unanswered", reason: string | null, } | { "call": "hung_up" } | { "call": "broken", reason: string, } | { "call": "done", 
/**
 * From the start until something was heard, if anything was.
 */
answered_after_ms: number | null, 
/**
 * How long the other side spoke before the voice did.
 */
greeting_ms: number, has_spoken: boolean, 
/**
 * The voice, if it came back.
 */
echo: Echo | null, 
/**
 * How much was heard.
 */
heard_ms: number, 
/**
 * How loud that was, below full scale.
 */
level_dbfs: number, 
/**
 * Why the other side ended the call, if it did.
 */
cut_off: string | null, 
/**
 * Who answered.
 */
answerer: Answerer | null, };

export type ConfirmFree = { service: ServiceName, };

/** All that the window may ask of the app; a promise rejects with a `Failure`. */
export interface Commands {
  /** How everything is at this moment. */
  snapshot(): Promise<Snapshot>;
  /** Carries out an order. */
  order(order: Order): Promise<Outcome>;
  /** Carries out an order for a call, and waits for its end. */
  steer(order: CallOrder): Promise<CallOutcome>;
  /** Chooses what answers calls from the next one on. */
  chooseEngine(order: EngineOrder): Promise<EngineChosen>;
  /** The service whose port the window was opened to free, if it was. */
  pendingConfirmation(): Promise<ServiceName | null>;
  /** What the desktop offers. */
  desktop(): Promise<DesktopOffers>;
  /** Whether xSwarm Voice starts at login. */
  launchAtLogin(): Promise<boolean>;
  /** Has it start at login, or not. */
  setLaunchAtLogin(on: boolean): Promise<void>;
  /** Ends xSwarm Voice. */
  quit(): Promise<void>;
  /** Ends xSwarm Voice and starts it afresh, with its window. */
  restart(): Promise<void>;
  /** The settings file as a form. */
  settings(): Promise<SettingsForm>;
  /** What would be wrong after these changes, if anything. */
  checkSettings(changes: { [key in string]: SettingValue | null }): Promise<SettingsProblem | null>;
  /** Writes these changes into the settings file. */
  saveSettings(changes: { [key in string]: SettingValue | null }, evenIfTaken: boolean): Promise<SettingsSaved>;
  /** The lines of the log after the one with that number. */
  log(after: number): Promise<Array<LogLine>>;
  /** Opens the folder with the log's files. */
  openLogs(): Promise<void>;
  /** Draws up the report on everything that matters when something is wrong. */
  report(): Promise<Report>;
  /** The servers of speech models that can be started here, and what this machine lacks for each. */
  knownServers(): Promise<Array<KnownServer>>;
  /** Places a test call; answered when it has ended. */
  testCall(): Promise<TestCall>;
  /** Hangs up the test call. */
  endTestCall(): Promise<void>;
  /** Whether nobody has been welcomed yet. */
  isFirstRun(): Promise<boolean>;
  /** Notes that somebody has been. */
  wasWelcomed(): Promise<void>;
}

/** Those commands, by way of whatever carries a question to the app. */
export const commands = (
  ask: <Answer>(command: string, payload: Record<string, unknown>) => Promise<Answer>,
): Commands => ({
  snapshot: () => ask("snapshot", {}),
  order: (order) => ask("order", { order: order }),
  steer: (order) => ask("steer", { order: order }),
  chooseEngine: (order) => ask("choose_engine", { order: order }),
  pendingConfirmation: () => ask("pending_confirmation", {}),
  desktop: () => ask("desktop", {}),
  launchAtLogin: () => ask("launch_at_login", {}),
  setLaunchAtLogin: (on) => ask("set_launch_at_login", { on: on }),
  quit: () => ask("quit", {}),
  restart: () => ask("restart", {}),
  settings: () => ask("settings", {}),
  checkSettings: (changes) => ask("check_settings", { changes: changes }),
  saveSettings: (changes, evenIfTaken) => ask("save_settings", { changes: changes, even_if_taken: evenIfTaken }),
  log: (after) => ask("log", { after: after }),
  openLogs: () => ask("open_logs", {}),
  report: () => ask("report", {}),
  knownServers: () => ask("known_servers", {}),
  testCall: () => ask("test_call", {}),
  endTestCall: () => ask("end_test_call", {}),
  isFirstRun: () => ask("is_first_run", {}),
  wasWelcomed: () => ask("was_welcomed", {}),
});

/** What the window is told unasked. */
export interface Events {
  snapshot: Snapshot;
  confirm_free: ConfirmFree;
}

/** What could hide or reorder what is shown; a person sees it as U+FFFD. */
export const HIDDEN = /[\u{0}-\u{1f}\u{7f}-\u{9f}\u{34f}-\u{34f}\u{61c}-\u{61c}\u{115f}-\u{1160}\u{17b4}-\u{17b5}\u{180e}-\u{180e}\u{200b}-\u{200b}\u{200e}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{2800}-\u{2800}\u{3164}-\u{3164}\u{feff}-\u{feff}\u{ffa0}-\u{ffa0}\u{fff0}-\u{fffb}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e00ff}\u{e01f0}-\u{e0fff}]/gu;

/** What only tells how its neighbours look; it is not shown. */
export const LEFT_OUT = /[\u{ad}-\u{ad}\u{180b}-\u{180d}\u{180f}-\u{180f}\u{200c}-\u{200d}\u{fe00}-\u{fe0f}\u{e0100}-\u{e01ef}]/gu;
