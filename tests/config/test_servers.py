"""The servers of the tests themselves."""


def test_processes_of_tests_take_nothing_from_each_other(worker_id, settings):
    number = worker_id.removeprefix("gw").replace("master", "0")
    assert settings.REDIS_URL.endswith(f"db={number}")
