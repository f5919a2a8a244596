"""A value that an earlier answer gave is captured there."""

from contracts_runner.maintenance.importing.captured_values import capture_values, is_name


def test_values_of_earlier_answers_are_captures_of_the_first_that_gave_them() -> None:
    steps = [
        {"operation": "add", "body": {"id": 7}},
        {"operation": "get", "parameters": {"id": 7}},
        {"operation": "set", "parameters": {"id": "7"}, "body": {"ids": [7, 8, True], "name": "x"}},
    ]
    answers = [{"data": [{"id": 7}]}, {"id": 7, "size": 8}, None]

    assert capture_values(steps, answers, is_taken=is_name) == [
        {"operation": "add", "body": {"id": 7}, "capture": {"data_id_1": "$.data[0].id"}},
        {"operation": "get", "parameters": {"id": "${data_id_1}"}, "capture": {"size_2": "$.size"}},
        {
            "operation": "set",
            "parameters": {"id": "${data_id_1}"},
            "body": {"ids": ["${data_id_1}", "${size_2}", True], "name": "x"},
        },
    ]


def test_only_values_that_count_are_captured() -> None:
    steps = [{"operation": "a"}, {"operation": "b", "parameters": {"page": 1, "id": 77}}]

    captured = capture_values(steps, [{"page": 1, "id": 77}, None], is_taken=lambda value: value == 77)

    assert captured[1] == {"operation": "b", "parameters": {"page": 1, "id": "${id_1}"}}
