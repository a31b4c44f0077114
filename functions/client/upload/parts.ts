import { PlatformError } from '../errors.ts'
import { answer, type Schemas } from '../http.ts'
import { persistently } from '../waiting.ts'
import { hashOf } from './hash.ts'
import { put } from './put.ts'
import type { Task } from './task.ts'

const AT_ONCE = 3

/** Send the parts that have not arrived, and complete the upload. */
export async function sendParts(task: Task, upload: Schemas['NewUpload']): Promise<void> {
  const missing = await missingParts(task, upload)
  if (missing === null) return
  const sent = new Progress(task, upload, missing)
  await inParallel(missing, (number) => sendPart(task, upload, number, sent))
  await persistently(() => answer(task.api.POST('/uploads/{upload_id}/complete', call(task, upload))), task.signal)
}

/** Numbers of the parts; null if the upload is complete already. */
async function missingParts(task: Task, upload: Schemas['NewUpload']): Promise<number[] | null> {
  try {
    const ask = () => answer(task.api.GET('/uploads/{upload_id}/parts', call(task, upload)))
    return (await persistently(ask, task.signal)).missing
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'upload-complete') return null
    throw error
  }
}

/** Each attempt asks for a fresh request, since one expires within the hour. */
async function sendPart(task: Task, upload: Schemas['NewUpload'], number: number, sent: Progress): Promise<void> {
  const bytes = task.file.slice(...bounds(upload, number))
  const part = { part_number: number, sha256: await hashOf(bytes, { signal: task.signal }) }
  await persistently(async () => {
    const body = { parts: [part] }
    const { items } = await answer(task.api.POST('/uploads/{upload_id}/parts', { ...call(task, upload), body }))
    for (const { request } of items) {
      const onProgress = (count: number) => sent.show(number, count)
      await put(request, bytes, { fetch: task.settings.fetch, signal: task.signal, onProgress })
    }
  }, task.signal)
}

function call(task: Task, upload: Schemas['NewUpload']) {
  return { params: { path: { upload_id: upload.upload_id } }, signal: task.signal }
}

function bounds(upload: Schemas['NewUpload'], number: number): [start: number, end: number] {
  const size = upload.part_size ?? upload.file_size
  return [(number - 1) * size, Math.min(number * size, upload.file_size)]
}

/** The bytes of all parts, of which some have arrived before and some are on their way. */
class Progress {
  private readonly task: Task
  private readonly before: number
  private readonly now = new Map<number, number>()

  constructor(task: Task, upload: Schemas['NewUpload'], missing: readonly number[]) {
    this.task = task
    const sizes = missing.map((number) => bounds(upload, number)).map(([start, end]) => end - start)
    this.before = upload.file_size - sizes.reduce((sum, size) => sum + size, 0)
  }

  show(number: number, bytes: number): void {
    this.now.set(number, bytes)
    this.task.show('sending', [...this.now.values()].reduce((sum, count) => sum + count, this.before))
  }
}

/** Do the work for all items, a few at a time. After an error no more are begun, and it is thrown when all have ended. */
async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const [waiting, errors]: [Item[], unknown[]] = [[...items], []]
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined && errors.length === 0; item = waiting.shift()) {
      await work(item).catch((error: unknown) => errors.push(error))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  if (errors.length > 0) throw errors[0]
}
