from edgecask.errors import CalibrationError, StageError, all_errors, error_of_kind


def test_every_kind_of_failure_has_its_own_exit_code():
    classes = list(all_errors())
    assert len({c.exit_code for c in classes}) == len({c.kind for c in classes}) == len(classes)
    assert all(c.exit_code not in (0, 1) for c in classes)


def test_a_stage_chooses_the_kind():
    assert isinstance(error_of_kind("calibration", "m"), CalibrationError)
    assert isinstance(error_of_kind("no such kind", "m"), StageError)


def test_an_error_is_one_line():
    assert str(StageError("It broke.", advice="Mend it.", details="many\nlines")) == "It broke. Mend it."
