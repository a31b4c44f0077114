import { connect, type Connection, type Schemas } from '../http.ts'
import { hashOf } from './hash.ts'
import { usualMemory, type UploadMemory } from './memory.ts'

export interface UploadProgress {
  /** First the file is read and hashed, then sent, then the platform verifies it. */
  phase: 'reading' | 'sending' | 'verifying'
  /** How many bytes of the file are done in this phase. */
  bytes: number
  size: number
}

export interface UploadOptions {
  onProgress?: ((progress: UploadProgress) => void) | undefined
  signal?: AbortSignal | undefined
  /** The name of a Blob that is no File, or another one than the file has. */
  fileName?: string | undefined
  /** The MIME type, if the file has none or a wrong one. */
  contentType?: string | undefined
  /** Where uploads under way are remembered: `localStorage` in a browser, else the process, unless given. */
  memory?: UploadMemory | undefined
}

/** What one call of `upload` works with. */
export interface Task extends Connection {
  file: Blob
  description: Schemas['UploadRequest']
  memory: UploadMemory
  /** The file's name in the memory. */
  name: string
  show: (phase: UploadProgress['phase'], bytes?: number) => void
  signal: AbortSignal | undefined
}

/** Reads the whole file once, for its hash. */
export async function prepare({ settings }: Connection, file: Blob, options: UploadOptions): Promise<Task> {
  const { signal, memory = usualMemory(), contentType = file.type } = options
  const account = settings.account?.() // for the whole upload, even if the page changes to another one
  const show: Task['show'] = (phase, bytes = file.size) => options.onProgress?.({ phase, bytes, size: file.size })
  const description = {
    file_name: options.fileName ?? ('name' in file ? String(file.name) : 'unnamed'),
    content_type: contentType,
    file_size: file.size,
    sha256: await hashOf(file, { onProgress: (bytes) => show('reading', bytes), signal }),
  }
  const name = ['ddp-upload', account ?? '', description.sha256, contentType, description.file_name].join(' ')
  return { ...connect({ ...settings, account: () => account }), file, description, memory, name, show, signal }
}
