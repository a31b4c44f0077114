import { answer, type Api, type Connection, type Schemas } from './http.ts'
import { pause, persistently } from './waiting.ts'

/** What the progress of each channel shows: that of SMS also says what the send takes and costs. */
export interface ProgressOf {
  email: Schemas['Progress']
  sms: Schemas['SmsProgress']
}

export interface WatchOptions<Channel extends keyof ProgressOf = 'email'> {
  /** The channel of the campaign; `email` unless given. */
  channel?: Channel | undefined
  /** Called with every progress, the last one included. */
  onProgress?: ((progress: ProgressOf[Channel]) => void) | undefined
  /** Seconds between two questions; 2 unless given. */
  every?: number | undefined
  signal?: AbortSignal | undefined
}

type Question<Channel extends keyof ProgressOf> = (
  api: Api,
  campaignId: string,
  signal?: AbortSignal,
) => Promise<ProgressOf[Channel]>

const QUESTIONS: { [Channel in keyof ProgressOf]: Question<Channel> } = {
  email: (api, id, signal) =>
    answer(api.GET('/email-campaigns/{email_campaign_id}/progress', { params: { path: { email_campaign_id: id } }, signal })),
  sms: (api, id, signal) =>
    answer(api.GET('/sms-campaigns/{sms_campaign_id}/progress', { params: { path: { sms_campaign_id: id } }, signal })),
}

const ENDED: ReadonlySet<Schemas['PlanStatus']> = new Set(['complete', 'cancelled', 'failed'])

/**
 * Follow a send until it is complete, cancelled or failed, and no message is under way; returns the last progress.
 * A paused send is followed until somebody resumes it: abort the signal to stop, which throws its reason.
 */
export async function watchSend<Channel extends keyof ProgressOf = 'email'>(
  { api }: Connection,
  campaignId: string,
  { channel = 'email' as Channel, onProgress, every = 2, signal }: WatchOptions<Channel> = {},
): Promise<ProgressOf[Channel]> {
  const question: Question<Channel> = QUESTIONS[channel]
  for (;;) {
    const progress = await persistently(() => question(api, campaignId, signal), signal)
    onProgress?.(progress)
    if (ENDED.has(progress.status) && !progress.counts.sending) return progress
    await pause(every, signal)
  }
}
