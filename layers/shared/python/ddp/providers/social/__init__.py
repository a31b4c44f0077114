"""Adapters of the social platforms, all of the Protocol in ddp.providers.social.base."""
