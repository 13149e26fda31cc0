"""The registry of codes."""

from router.federation.errors import ErrorCode, HintCode, HintLevel


def test_every_code_is_its_own_name_and_has_a_meaning_of_one_line() -> None:
    for code in (*ErrorCode, *HintCode):
        assert code == code.name
        assert code.meaning.endswith(".")
        assert "\n" not in code.meaning
    assert all(isinstance(code.level, HintLevel) for code in HintCode)


def test_there_are_as_many_codes_as_the_reference_composer_has() -> None:
    assert len(ErrorCode) == 91
    assert len(HintCode) == 30
