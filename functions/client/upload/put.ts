import { asPlatformError, PlatformError } from '../errors.ts'
import type { Schemas, Settings } from '../http.ts'

export interface Sending {
  /** Called with the bytes sent so far, where that can be known; always once with all of them. */
  onProgress: (bytes: number) => void
  signal: AbortSignal | undefined
  fetch: Settings['fetch']
}

/**
 * Send bytes with a presigned request. That they have arrived before (412) is success: the request signs their hash.
 * Throws PlatformError, with the code `connection-lost` or `storage-refused` and S3's status.
 */
export async function put(request: Schemas['PresignedRequest'], body: Blob, sending: Sending): Promise<void> {
  const canShowProgress = typeof XMLHttpRequest !== 'undefined' && !sending.fetch
  const status = await (canShowProgress ? putWithProgress : putWithFetch)(request, body, sending)
  if ((status < 200 || status > 299) && status !== 412) throw refused(status)
  sending.onProgress(body.size)
}

function refused(status: number): PlatformError {
  return new PlatformError(`The storage refused the bytes (${status}).`, {
    code: 'storage-refused',
    status: status === 409 ? 503 : status, // 409: another request writes the same object at this moment
  })
}

async function putWithFetch(request: Schemas['PresignedRequest'], body: Blob, sending: Sending): Promise<number> {
  const { url, method } = request
  const send = sending.fetch ?? globalThis.fetch
  try {
    const response = await send(url, { method, headers: headersOf(request), body, signal: sending.signal ?? null })
    await response.arrayBuffer()
    return response.status
  } catch (error) {
    throw asPlatformError(error)
  }
}

/** With XMLHttpRequest, because `fetch` cannot say in a browser how many bytes it has sent. */
function putWithProgress(request: Schemas['PresignedRequest'], body: Blob, sending: Sending): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest()
    const abort = () => call.abort()
    call.open(request.method, request.url)
    for (const [name, value] of Object.entries(headersOf(request))) call.setRequestHeader(name, value)
    call.upload.onprogress = ({ loaded }) => sending.onProgress(loaded)
    call.onload = () => resolve(call.status)
    call.onerror = () => reject(asPlatformError(new TypeError('network error')))
    call.onabort = () => reject(sending.signal?.reason)
    call.onloadend = () => sending.signal?.removeEventListener('abort', abort)
    sending.signal?.addEventListener('abort', abort)
    if (sending.signal?.aborted) reject(sending.signal.reason)
    else call.send(body)
  })
}

/** The signed headers but the length, which is the body's own: programs may not set it. */
function headersOf({ headers }: Schemas['PresignedRequest']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'content-length'))
}
