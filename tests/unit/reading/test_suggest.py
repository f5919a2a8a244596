"""What an author may have meant."""

from contracts_runner.reading.suggest import find_similar, suggest, suggest_or_list


def test_a_near_word_is_suggested_in_any_case() -> None:
    assert suggest("createordr", ["listOrders", "createOrder"]) == "Did you mean 'createOrder'?"


def test_nothing_near_gives_nothing() -> None:
    assert suggest("xyz", ["listOrders"]) == ""


def test_a_part_is_suggested_where_nothing_is_near_and_parts_are_typed() -> None:
    names = ["listOrders", "health_check_of_all"]

    assert suggest("health", names, is_part=True) == "Did you mean 'health_check_of_all'?"
    assert [suggest("health", names), suggest("he", names, is_part=True)] == ["", ""]


def test_a_short_list_is_shown_where_nothing_is_near() -> None:
    assert suggest_or_list("xyz", ["a", "b"]) == "known: a, b"


def test_a_long_list_is_not_shown() -> None:
    assert suggest_or_list("xyz", [f"name{n}" for n in range(21)]) == ""


def test_the_choice_that_is_most_like_the_word_is_found_unless_it_is_too_little_like_it() -> None:
    assert find_similar("x-eror", ["x-effect", "x-error"]) == "x-error"
    assert find_similar("x-eror", ["x-effect", "x-errors"], cutoff=0.95) == ""
