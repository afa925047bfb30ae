import threading

import pytest

from edgecask import exchange


def make_folder(path, text):
    path.mkdir()
    (path / "file").write_text(text)
    return path


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_folder_takes_the_place_of_another(tmp_path, monkeypatch, can_exchange):
    if not can_exchange:
        monkeypatch.setattr(exchange, "exchange", lambda one, other: False)
    destination = tmp_path / "grove"
    for text in ("first", "second", "third"):
        exchange.put_in_place(make_folder(tmp_path / ".grove.new", text), destination)
        assert (destination / "file").read_text() == text
        assert list(tmp_path.iterdir()) == [destination]


def test_a_reader_never_finds_the_folder_missing(tmp_path):
    destination = make_folder(tmp_path / "grove", "x" * 100)
    if not exchange.exchange(destination, make_folder(tmp_path / "probe", "x" * 100)):
        pytest.skip("this file system cannot exchange folders")
    stop, found = threading.Event(), []

    def look():
        while not stop.is_set():
            found.append(destination.is_dir())

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(300):
        exchange.put_in_place(make_folder(tmp_path / ".grove.new", str(number)), destination)
    stop.set()
    reader.join()
    assert len(found) > 300 and all(found)


def test_systems_that_cannot_exchange_say_so(tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("sys.platform", "win32")
        assert not exchange.exchange(tmp_path, tmp_path)
    with pytest.raises(FileNotFoundError):
        exchange.exchange(tmp_path / "none", tmp_path)
