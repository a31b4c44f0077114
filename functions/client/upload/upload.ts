import { PlatformError } from '../errors.ts'
import { answer, type Connection, type Schemas } from '../http.ts'
import { pause, persistently } from '../waiting.ts'
import { sendParts } from './parts.ts'
import { put } from './put.ts'
import { prepare, type Task, type UploadOptions } from './task.ts'

/** A verified upload: the file exists. */
export type LiveUpload = Schemas['Upload'] & { status: 'live'; file_id: string }

/**
 * Upload a file and wait until the platform has verified it. Short interruptions are waited for. After a longer one,
 * which throws `connection-lost`, or after a reload, call it again with the same file: it goes on where it broke off.
 *
 * Throws PlatformError: `duplicate-content` if the account has this content already (`problem.file_id`), the code of
 * a rejection such as `content-mismatch`, or any of the API's; the signal's reason if it is aborted.
 */
export async function upload(
  connection: Connection,
  file: Blob,
  options: UploadOptions = {},
): Promise<LiveUpload> {
  const task = await prepare(connection, file, options)
  try {
    const begun = await begin(task)
    if (begun.status === 'pending') await send(task, begun)
    const live = await verified(task, begun.upload_id)
    await task.memory.removeItem(task.name)
    return live
  } catch (error) {
    if (isFinal(error)) await task.memory.removeItem(task.name)
    throw error
  }
}

/** The upload that broke off, if it is remembered and can go on, else a new one. */
async function begin(task: Task): Promise<Schemas['NewUpload']> {
  const remembered = await task.memory.getItem(task.name)
  const key = remembered ?? crypto.randomUUID()
  await task.memory.setItem(task.name, key)
  // With the same key, the API gives the same answer again.
  const params = { header: { 'Idempotency-Key': key } }
  const begun = await persistently(
    () => answer(task.api.POST('/uploads', { params, body: task.description, signal: task.signal })),
    task.signal,
  )
  if (remembered === null) return begun
  const now = await get(task, begun.upload_id)
  if (now.status === 'pending' || (await isFileOf(task, now))) return { ...begun, ...now }
  await task.memory.removeItem(task.name)
  return begin(task)
}

/** Whether the upload has become a file that nobody has deleted since. */
async function isFileOf(task: Task, { file_id: id }: Schemas['Upload']): Promise<boolean> {
  if (!id) return false
  const call = { params: { path: { file_id: id } }, signal: task.signal }
  try {
    const file = await persistently(() => answer(task.api.GET('/files/{file_id}', call)), task.signal)
    return file.deleted_at === null
  } catch (error) {
    if (error instanceof PlatformError && error.status === 404) return false
    throw error
  }
}

async function send(task: Task, upload: Schemas['NewUpload']): Promise<void> {
  const { request } = upload
  if (!request) return sendParts(task, upload)
  const sending = { fetch: task.settings.fetch, signal: task.signal, onProgress: (bytes: number) => task.show('sending', bytes) }
  await persistently(() => put(request, task.file, sending), task.signal)
}

/** Waits until the upload is live. Throws the reason of a rejection. */
async function verified(task: Task, uploadId: string): Promise<LiveUpload> {
  task.show('verifying')
  for (let seconds = 0.2; ; seconds = Math.min(seconds * 1.5, 3)) {
    const now = await get(task, uploadId)
    if (now.status === 'live' && now.file_id) return { ...now, status: 'live', file_id: now.file_id }
    if (now.status !== 'pending') throw notLive(now)
    await pause(seconds, task.signal)
  }
}

function get(task: Task, uploadId: string): Promise<Schemas['Upload']> {
  const params = { path: { upload_id: uploadId } }
  const ask = () => answer(task.api.GET('/uploads/{upload_id}', { params, signal: task.signal }))
  return persistently(ask, task.signal)
}

function notLive(upload: Schemas['Upload']): PlatformError {
  const { code, reason } = upload.rejection ?? { code: 'upload-over', reason: `This upload is ${upload.status}.` }
  return new PlatformError(reason, { code, status: 409, problem: upload })
}

/** Whether another call could not go on with this upload. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof PlatformError) || error.code === 'parts-missing') return false
  return error.status >= 400 && error.status < 500 && ![401, 429].includes(error.status)
}
