use crate::pattern::Pattern;

fn check(cases: &[(&str, &str, &str)]) {
    for (json, path, reason) in cases {
        let invalid = Pattern::parse(json.as_bytes()).expect_err(json);
        assert_eq!((&*invalid.path, invalid.reason), (*path, *reason), "{json}");
    }
}

#[test]
fn patterns_are_objects_of_objects_and_arrays() {
    check(&[
        ("", "", "is not JSON"),
        ("{", "", "is not JSON"),
        (r#"{"a":[1]} x"#, "", "is not JSON"),
        ("[]", "", "must be an object"),
        ("null", "", "must be an object"),
        ("{}", "", "must not be empty"),
        (r#"{"a":{}}"#, "a", "must not be empty"),
        (r#"{"a":{"b":[]}}"#, "a.b", "must not be empty"),
        (r#"{"a":1}"#, "a", "must be an object or an array of values"),
        (r#"{"a":{"prefix":"x"}}"#, "a.prefix", "must be an object or an array of values"),
        (r#"{"a":[1,[2]]}"#, "a[1]", "must not be an array"),
        (r#"{"a":[1],"\u0061":[2]}"#, "a", "is there twice"),
        (r#"{"a":[1e99999999999]}"#, "a[0]", "cannot be compared"),
        (r#"{"a":["\ud800"]}"#, "a[0]", "cannot be compared"),
        (r#"{"\ud800":[1]}"#, "", "has a name that is not Unicode"),
    ]);
}

#[test]
fn operators_are_objects_with_one_known_member() {
    check(&[
        (r#"{"a":[{}]}"#, "a[0]", "must have exactly one operator"),
        (r#"{"a":[{"prefix":"x","suffix":"y"}]}"#, "a[0]", "must have exactly one operator"),
        (r#"{"d":{"a":[1,{"regex":"x"}]}}"#, "d.a[1].regex", "is not an operator"),
        (r#"{"a":[{"prefix":3}]}"#, "a[0].prefix", "must be a text"),
        (r#"{"a":[{"prefix":["x"]}]}"#, "a[0].prefix", "must be a text"),
        (r#"{"a":[{"prefix":{"suffix":"x"}}]}"#, "a[0].prefix.suffix", "must be equals-ignore-case here"),
        (
            r#"{"a":[{"suffix":{"equals-ignore-case":1}}]}"#,
            "a[0].suffix.equals-ignore-case",
            "must be a text",
        ),
        (r#"{"a":[{"suffix":{}}]}"#, "a[0].suffix", "must have exactly one operator"),
        (r#"{"a":[{"equals-ignore-case":["x"]}]}"#, "a[0].equals-ignore-case", "must be a text"),
        (r#"{"a":[{"exists":"true"}]}"#, "a[0].exists", "must be true or false"),
        (r#"{"a":[{"wildcard":["x"]}]}"#, "a[0].wildcard", "must be a text"),
        (r#"{"a":[{"wildcard":"x**"}]}"#, "a[0].wildcard", "must not have two asterisks in a row"),
        (
            r#"{"a":[{"wildcard":"\\x"}]}"#,
            "a[0].wildcard",
            "must have an asterisk or a backslash after each backslash",
        ),
    ]);
    let range = "must be a range of addresses such as 10.0.0.0/8";
    for bad in ["10.0.0.0", "10.0.0.0/33", "10.0.0/8", "x/8", "::1/129", ""] {
        check(&[(&format!(r#"{{"a":[{{"cidr":"{bad}"}}]}}"#), "a[0].cidr", range)]);
    }
}

#[test]
fn numeric_has_one_or_two_comparisons() {
    let form = "must be an array of one or two operators, each with a number";
    let operator = "must be one of = < <= > >=";
    let order = "must have > or >= first and < or <= second";
    let cases = [
        ("5", "", form),
        ("[]", "", form),
        (r#"["="]"#, "", form),
        (r#"[">",1,"<",2,"<",3]"#, "", form),
        (r#"["==",1]"#, "[0]", operator),
        ("[1,2]", "[0]", operator),
        (r#"["=","1"]"#, "[1]", "must be a number"),
        (r#"[">",1,"<",true]"#, "[3]", "must be a number"),
        (r#"[">",1,"<>",2]"#, "[2]", operator),
        (r#"["<",1,">",0]"#, "", order),
        (r#"[">",1,"=",2]"#, "", order),
        (r#"[">",30,"<",1]"#, "", "is a range without numbers"),
        (r#"[">=",1,"<",1.0]"#, "", "is a range without numbers"),
    ];
    for (terms, path, reason) in cases {
        check(&[(&format!(r#"{{"a":[{{"numeric":{terms}}}]}}"#), &format!("a[0].numeric{path}"), reason)]);
    }
}

#[test]
fn anything_but_has_texts_or_numbers() {
    let kinds = "must be a text, a number, an array of either, or an operator";
    let cases = [
        ("null", "", kinds),
        ("true", "", kinds),
        ("[]", "", "must not be empty"),
        (r#"["x",1]"#, "", "must not mix texts with other values"),
        ("[1,null]", "[1]", "must be a text or a number"),
        (r#"{"numeric":["=",1]}"#, ".numeric", "is not an operator that anything-but takes"),
        (r#"{"prefix":""}"#, ".prefix", "must not be empty"),
        (r#"{"suffix":["x",""]}"#, ".suffix[1]", "must not be empty"),
        (r#"{"prefix":27}"#, ".prefix", "must be a text"),
        (r#"{"prefix":"x","suffix":"y"}"#, "", "must have exactly one operator"),
        (r#"{"equals-ignore-case":[1]}"#, ".equals-ignore-case[0]", "must be a text"),
        (r#"{"wildcard":["*","**"]}"#, ".wildcard[1]", "must not have two asterisks in a row"),
    ];
    for (but, path, reason) in cases {
        check(&[(
            &format!(r#"{{"a":[{{"anything-but":{but}}}]}}"#),
            &format!("a[0].anything-but{path}"),
            reason,
        )]);
    }
}

#[test]
fn an_or_has_at_least_two_objects_of_fields() {
    check(&[
        (r#"{"$or":{"a":[1]}}"#, "$or", "must be an array"),
        (r#"{"$or":[{"a":[1]}]}"#, "$or", "must have at least two objects"),
        (r#"{"d":{"$or":[{"a":[1]},1]}}"#, "d.$or[1]", "must be an object"),
        (r#"{"$or":[{},{"a":[1]}]}"#, "$or[0]", "must not be empty"),
        (r#"{"$or":[{"a":[1]},{"b":[{"x":1}]}]}"#, "$or[1].b[0].x", "is not an operator"),
        (
            r#"{"$or":[{"numeric":["=",1]},{"a":[1]}]}"#,
            "$or[0].numeric",
            "is an operator, which no field in a `$or` may be called",
        ),
        (
            r#"{"d":{"a":[1]},"$or":[{"d":{"a":{"b":[1]}}},{"c":[1]}]}"#,
            "d.a",
            "is compared, and taken for an object in or beside a `$or`",
        ),
    ]);
}

/// A pattern in which each of `levels` objects has a `$or` of two branches that name one field of the innermost.
fn crossing(levels: usize) -> String {
    let inward = |at: usize, inner: &str| format!("{}{inner}{}", r#"{"k":"#.repeat(at), "}".repeat(at));
    (0..levels).fold(r#"{"z":[0]}"#.to_owned(), |inner, level| {
        let branch = |name: char| inward(level + 1, &format!(r#"{{"{name}":[{level}]}}"#));
        format!(r#"{{"k":{inner},"$or":[{},{}]}}"#, branch('x'), branch('y'))
    })
}

#[test]
fn patterns_are_bounded() {
    let list = |count: usize| format!(r#"{{"a":[{}1]}}"#, "1,".repeat(count - 1));
    let text = |bytes: usize| format!(r#"{{"a":["{}"]}}"#, "x".repeat(bytes - 10));
    let deep = |depth: usize| format!("{}[1]{}", r#"{"a":"#.repeat(depth - 1), "}".repeat(depth - 1));
    let stars = |count: usize| format!(r#"{{"a":[{{"wildcard":"{}"}}]}}"#, "*x".repeat(count));
    for good in [list(512), text(4096), deep(32), stars(16), crossing(5), " ".repeat(9999) + &text(4096)] {
        assert!(Pattern::parse(good.as_bytes()).is_ok(), "{good}");
    }
    check(&[
        (&list(513), "a[512]", "is one value too many: a pattern has at most 512"),
        (
            &format!(r#"{{"b":[{{"anything-but":[{}1]}}]}}"#, "1,".repeat(512)),
            "b[0].anything-but[511]",
            "is one value too many: a pattern has at most 512",
        ),
        (&text(4097), "", "has more than 4096 bytes"),
        (&deep(33), "", "is nested deeper than 32 levels"),
        (&"[".repeat(100_000), "", "is not JSON"),
        (&("[".repeat(2000) + &"]".repeat(2000)), "", "is nested deeper than 32 levels"),
        (&stars(17), "a[0].wildcard", "has more than 16 asterisks"),
        (
            &crossing(12),
            "k",
            "is named in and beside a `$or` so often that more than 1024 fields are compared",
        ),
    ]);
}
