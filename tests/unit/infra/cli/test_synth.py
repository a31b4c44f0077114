"""A stage that cannot be built: whoever asked reads a sentence."""

from __future__ import annotations

import pytest

from infra.cli.synth import SynthesisError, synthesise


@pytest.mark.thorough  # it starts the app, in a process of its own
def test_a_refused_setting_is_one_sentence_without_a_traceback() -> None:
    with pytest.raises(SynthesisError) as refused:
        synthesise(stage="dev")
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith("stage dev: oidc_issuer is not set. ")
    assert str(refused.value).endswith("https://PROJECT.supabase.co/auth/v1.")
