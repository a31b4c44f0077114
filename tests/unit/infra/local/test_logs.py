"""Following log files."""

from infra.local.logs import follow, tail


def test_the_last_lines(tmp_path):
    log = tmp_path / "log"
    log.write_text("one\ntwo\nthree\n")
    assert tail(log, 2) == ["two", "three"]
    assert tail(tmp_path / "absent", 2) == []


def test_new_lines_come_with_their_names_once_they_are_whole(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("old\n")
    lines = follow({"first": first, "second": second}, interval=0)

    def append(file, text):
        with file.open("a") as stream:
            stream.write(text)

    append(second, "a")
    append(first, "new\nhalf")
    assert next(lines) == ("first", "new")
    append(first, " whole\n")
    append(second, "b\n")
    assert [next(lines), next(lines)] == [("second", "ab"), ("first", "half whole")]


def test_a_file_that_was_begun_anew_is_read_from_its_start(tmp_path):
    log = tmp_path / "log"
    log.write_text("a long first run\n")
    lines = follow({"log": log}, interval=0)
    log.write_text("again\n")
    assert next(lines) == ("log", "again")
