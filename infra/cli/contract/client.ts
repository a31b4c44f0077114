// What a front end writes with types generated from the API's document. It compiles only if ordinary bodies need
// no more than people would expect, and answers have the fields that they read.
import type { components, paths } from './api'

type Schemas = components['schemas']

export const change: Schemas['CampaignChange'] = { campaign_name: 'Spring' }
export const campaign: Schemas['CampaignRequest'] = { campaign_name: 'Spring' }
export const product: Schemas['ProductRequest'] = { product_title: 'Diver 300' }
export const draft: Schemas['DraftRequest'] = {
  campaign_id: '0b7cbb1e-5a0e-4b6e-9c56-6d7d5a9d2c01',
  template_id: '0b7cbb1e-5a0e-4b6e-9c56-6d7d5a9d2c01',
  sender_email: 'shop@example.com',
}
export const send: Schemas['SendRequest'] = {
  audience: { source: 'list', recipients: [{ email: 'ann@example.com' }] },
}
export const retry: Schemas['RetryRequest'] = {}
export const status: Schemas['SendStatus'] = 'delivered'

export function delivered(progress: Schemas['Progress']): number {
  return progress.counts.delivered ?? 0
}

export function creator(email: Schemas['EmailCampaign']): string {
  return email.created_by?.name ?? email.created_by_user_id
}

type Refusal =
  paths['/email-campaigns/{email_campaign_id}/send']['post']['responses'][422]['content']['application/problem+json']

export function explain(problem: Refusal): string[] {
  return problem.errors?.map(({ field, problem: rule }) => `${field}: ${rule}`) ?? [problem.detail]
}
