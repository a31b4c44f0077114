import { PlatformError } from './errors.ts'
import { answer, type Connection, type Schemas } from './http.ts'

/**
 * Who is signed in, and the accounts that this person may act for. Makes the account if there is none yet, with this
 * name: an inactive retailer, unless the token or an invitation says otherwise.
 */
export async function me({ api }: Connection, userName?: string): Promise<Schemas['Me']> {
  try {
    return await answer(api.GET('/me'))
  } catch (error) {
    if (!(error instanceof PlatformError && error.code === 'no-account')) throw error
    return answer(api.POST('/me', { body: userName === undefined ? {} : { user_name: userName } }))
  }
}
