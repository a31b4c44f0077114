import { connect, type Api, type Connection, type Schemas, type Settings } from './http.ts'
import { me } from './me.ts'
import type { UploadOptions } from './upload/task.ts'
import { upload, type LiveUpload } from './upload/upload.ts'
import { watchSend, type ProgressOf, type WatchOptions } from './watch.ts'

export { columns } from './columns.ts'
export type { Database, Json } from './database.types.ts'
export { PlatformError } from './errors.ts'
export { answer, type Api, type Schemas, type Settings } from './http.ts'
export { memoryOfProcess, type UploadMemory } from './upload/memory.ts'
export type { UploadOptions, UploadProgress } from './upload/task.ts'
export type { LiveUpload } from './upload/upload.ts'
export type { ProgressOf, WatchOptions } from './watch.ts'

/** The platform for one front end: `api` calls any operation, and the others do what takes several calls. */
export interface Platform {
  api: Api
  me(userName?: string): Promise<Schemas['Me']>
  upload(file: Blob, options?: UploadOptions): Promise<LiveUpload>
  watchSend<Channel extends keyof ProgressOf = 'email'>(
    campaignId: string,
    options?: WatchOptions<Channel>,
  ): Promise<ProgressOf[Channel]>
}

export function createPlatform(settings: Settings): Platform {
  const connection: Connection = connect(settings)
  return {
    api: connection.api,
    me: (userName) => me(connection, userName),
    upload: (file, options) => upload(connection, file, options),
    watchSend: (campaignId, options) => watchSend(connection, campaignId, options),
  }
}
