"""What names and sentences say, taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transparency.catalog.words import name_words, plain_words, text_words

ANY = st.text(max_size=60)
NAMES = {
    "email_address": "email address",
    "emailAddress": "email address",
    "EMAIL-ADDR": "email address",
    "usrEmailAddr2": "user email address",
    "member.contact.e-mail": "member contact email",
    "HTTPServerURL": "http server url",
    "dob": "birthday",
    "date_of_birth": "birthday",
    "birthdate": "birthday",
    "msisdn": "phone",
    "mobilenumber": "phone number",
    "phonenumber": "phone number",
    "fname": "personname",
    "last_names": "personname",
    "ipv4_addr": "ip address",
    "searched_terms": "search term",
    "user_agent": "browser",
    "lastLoginAt": "last signin at",
    "salaries": "salary",
    "sal": "salary",
    "c17": "c",
    "2024": "",
    "": "",
    "adresse_électronique": "adresse électronique",
}


@pytest.mark.parametrize(("name", "words"), NAMES.items())
def test_a_name_is_taken_apart_and_its_short_words_spelt_out(name, words):
    assert " ".join(name_words(name)) == words


@pytest.mark.parametrize("name", ["database", "notification", "somethingelse", "usernamex"])
def test_a_word_that_only_begins_like_another_stays_whole(name):
    assert len(name_words(name)) == 1


def test_a_sentence_says_what_a_name_says():
    assert set(name_words("phone_number")) <= set(text_words("The mobile numbers that members gave us."))


def test_small_words_of_a_sentence_say_nothing():
    assert text_words("What you and the others are paid.") == ("paid",)


def test_a_pattern_is_made_of_words_as_they_were_written():
    assert plain_words("usrEmailAddr2") == ("usr", "email", "addr")


@given(ANY)
def test_whatever_a_catalog_calls_a_column_can_be_taken_apart(name):
    assert all(name_words(name))
    assert all(text_words(name))


@given(st.lists(st.sampled_from(["email", "addr", "birth", "date", "user", "id"]), min_size=1, max_size=6))
def test_it_is_of_no_matter_how_the_words_are_joined(words):
    camel = words[0] + "".join(word.title() for word in words[1:])
    assert name_words("_".join(words)) == name_words("-".join(words).upper()) == name_words(camel)


def test_a_very_long_name_is_read_in_no_time_to_speak_of():
    assert len(name_words("birthdate" * 50_000)) == 1
