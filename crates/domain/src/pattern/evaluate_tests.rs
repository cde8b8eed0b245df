use crate::pattern::tests::check;

#[test]
fn members_must_all_hold_and_names_are_literal() {
    check(&[
        (
            r#"{"a":[1],"b":[2]}"#,
            &[r#"{"b":2,"a":1,"c":3}"#],
            &[r#"{"a":1}"#, r#"{"a":1,"b":3}"#, "{}", "1", "null"],
        ),
        (r#"{"a":{"b":{"c":[1]}}}"#, &[r#"{"a":{"b":{"c":1}}}"#], &[r#"{"a":{"b.c":1}}"#, r#"{"a.b.c":1}"#]),
        (r#"{"a.b":[1]}"#, &[r#"{"a.b":1}"#], &[r#"{"a":{"b":1}}"#]),
        (r#"{"\u0061":[1]}"#, &[r#"{"a":1}"#, r#"{"a":2,"a":1}"#], &[r#"{"a":1,"\u0061":2}"#]),
        (r#"{"":[1]}"#, &[r#"{"":1}"#], &["{}"]),
        (r#"{"exists":[true]}"#, &[r#"{"exists":true}"#], &["{}"]),
    ]);
}

#[test]
fn fields_of_objects_in_an_array_are_of_one_element() {
    let employees = r#"{"employees":[{"first":"John","last":"Doe"},{"first":"Anna","last":"Smith"},
        {"first":"Peter","last":"Jones"}]}"#;
    let nested = r#"{"employees":[[{"first":"John","last":"Doe"},{"first":"Anna","last":"Smith"}],
        [{"first":"Peter","last":"Jones"}]]}"#;
    let songs = r#"{"Year":1966,"Genres":[{"Pop":true},{"Classical":false}],"Songs":[
        {"Name":"Paperback Writer","Writers":[{"First":"John","Last":"Lennon"},{"First":"Paul","Last":"McCartney"}]},
        {"Name":"Paint It Black","Writers":[{"First":"Mick","Last":"Jagger"},{"First":"Keith","Last":"Richards"}]}]}"#;
    check(&[
        (r#"{"employees":{"first":["Anna"]}}"#, &[employees, nested], &[]),
        (r#"{"employees":{"first":["Anna"],"last":["Smith"]}}"#, &[employees, nested], &[]),
        (r#"{"employees":{"first":["Anna"],"last":["Jones"]}}"#, &[], &[employees, nested]),
        (
            r#"{"Year":[1966],"Songs":{"Name":["Paperback Writer"],"Writers":{"First":["Paul"],"Last":["McCartney"]}}}"#,
            &[songs],
            &[],
        ),
        (r#"{"Genres":{"Pop":[true]},"Songs":{"Name":["Paint It Black"]}}"#, &[songs], &[]),
        (r#"{"Songs":{"Name":["Paperback Writer"],"Writers":{"First":["Mick"]}}}"#, &[], &[songs]),
        (r#"{"Songs":{"Writers":{"First":["Mick"],"Last":["McCartney"]}}}"#, &[], &[songs]),
        (r#"{"Genres":{"Pop":[true],"Classical":[false]}}"#, &[], &[songs]),
    ]);
}

#[test]
fn absence_in_an_array_is_of_the_element_that_holds_the_rest_or_of_all() {
    check(&[
        (
            r#"{"i":{"b":[{"exists":false}]}}"#,
            &[r#"{"i":[{"a":1},{"a":2}]}"#, r#"{"i":[]}"#, r#"{"i":[1,[{}]]}"#],
            &[r#"{"i":[{"a":1},{"b":1}]}"#, r#"{"i":[[],[[{"b":[null]}]]]}"#],
        ),
        (
            r#"{"i":{"a":[1],"b":[{"exists":false}]}}"#,
            &[r#"{"i":[{"a":1},{"b":1}]}"#, r#"{"i":[{"b":1},{"a":1}]}"#],
            &[r#"{"i":[{"a":1,"b":1},{"c":1}]}"#, r#"{"i":[{"a":2}]}"#],
        ),
        (
            r#"{"i":{"a":[{"exists":false}],"b":[1]}}"#,
            &[r#"{"i":[{"a":1},{"b":1}]}"#],
            &[r#"{"i":[{"a":1,"b":1}]}"#],
        ),
        (
            r#"{"i":{"b":[{"exists":false},"x"]}}"#,
            &[r#"{"i":[{"b":"y"},{"b":"x"}]}"#, r#"{"i":[{},{}]}"#],
            &[r#"{"i":[{},{"b":"y"}]}"#],
        ),
        (
            r#"{"i":{"$or":[{"a":[{"exists":false}]},{"b":[{"exists":false}]}]}}"#,
            &[r#"{"i":[{"a":1},{"a":2}]}"#],
            &[r#"{"i":[{"a":1},{"b":1}]}"#],
        ),
        (
            r#"{"i":{"a":[1],"k":{"b":[{"exists":false}]}}}"#,
            &[r#"{"i":[{"k":{"b":1}},{"a":1,"k":[{},{}]}]}"#],
            &[r#"{"i":[{"a":1,"k":[{},{"b":1}]}]}"#],
        ),
    ]);
}

#[test]
fn one_branch_of_an_or_must_hold_with_all_beside_it() {
    let nested = r#"{"source":["cw"],"$or":[{"m":["CPU"]},{"t":["T"],"n":["N"],"$or":[{"i":[1]},{"s":[2]}]},{"c":["S"]}]}"#;
    check(&[
        (
            r#"{"source":["cw"],"$or":[{"m":["CPU"]},{"n":["EC2"]}]}"#,
            &[r#"{"source":"cw","m":"CPU"}"#, r#"{"source":"cw","n":"EC2","m":1}"#],
            &[r#"{"source":"cw"}"#, r#"{"m":"CPU"}"#, r#"{"source":"cw","m":"EC2"}"#],
        ),
        (
            r#"{"$or":[{"m":[1]},{"n":[2]}],"detail":{"$or":[{"s":[3]},{"t":[4]}]}}"#,
            &[r#"{"m":1,"detail":{"t":4}}"#, r#"{"n":2,"detail":[{"s":3}]}"#],
            &[r#"{"m":1}"#, r#"{"detail":{"t":4}}"#, r#"{"m":1,"detail":{"s":4}}"#],
        ),
        (
            nested,
            &[r#"{"source":"cw","t":"T","n":"N","s":2}"#, r#"{"source":"cw","c":"S"}"#],
            &[r#"{"source":"cw","t":"T","n":"N"}"#, r#"{"source":"cw","s":2}"#, r#"{"c":"S"}"#],
        ),
        (
            r#"{"$or":[{"a":[{"exists":false}]},{"b":[{"numeric":[">",1]}]}]}"#,
            &["{}", r#"{"a":1,"b":2}"#],
            &[r#"{"a":1,"b":1}"#],
        ),
    ]);
}

#[test]
fn fields_named_in_and_beside_an_or_are_of_one_element() {
    let apart = r#"{"i":[{"a":1},{"b":2}]}"#;
    let together = r#"{"i":[{"c":0},{"a":1,"b":2}]}"#;
    check(&[
        (
            r#"{"i":{"a":[1]},"$or":[{"i":{"b":[2]}},{"x":[1]}]}"#,
            &[together, r#"{"i":{"a":1},"x":1}"#],
            &[apart, r#"{"x":1}"#],
        ),
        (r#"{"i":{"$or":[{"a":[1]},{"z":[1]}]},"$or":[{"i":{"b":[2]}},{"x":[1]}]}"#, &[together], &[apart]),
        (r#"{"i":{"$or":[{"a":[1]},{"z":[1]}],"b":[2]}}"#, &[together], &[apart]),
        (
            r#"{"k":{"i":{"a":[1]}},"$or":[{"k":{"i":{"b":[2]}}},{"x":[1],"$or":[{"k":{"i":{"c":[3]}}},{"y":[1]}]}]}"#,
            &[r#"{"k":{"i":[{"a":1,"b":2}]}}"#, r#"{"x":1,"k":[{"i":[{"a":1,"c":3}]}]}"#],
            &[r#"{"k":{"i":[{"a":1},{"b":2}]}}"#, r#"{"x":1,"k":[{"i":[{"a":1}]},{"i":[{"c":3}]}]}"#],
        ),
        (
            r#"{"a":[{"prefix":"x"}],"$or":[{"a":[{"suffix":"y"}]},{"b":[1]}]}"#,
            &[r#"{"a":"xy"}"#, r#"{"a":"x","b":1}"#, r#"{"a":["x","y"]}"#],
            &[r#"{"a":"x"}"#, r#"{"a":"y","b":1}"#],
        ),
    ]);
}

#[test]
fn ors_that_name_the_same_field_are_of_one_element() {
    check(&[
        (
            r#"{"i":{"j":{"c":[1]},"$or":[{"a":[1]},{"z":[1]}]},
                "$or":[{"i":{"$or":[{"j":{"d":[1]}},{"b":[1]}]}},{"x":[1]}]}"#,
            &[r#"{"i":{"j":{"c":1,"d":1},"a":1}}"#, r#"{"i":{"j":{"c":1},"z":1},"x":1}"#],
            &[r#"{"i":{"j":{"c":1,"d":1}}}"#, r#"{"i":{"j":[{"c":1},{"d":1}],"a":1}}"#],
        ),
        (
            r#"{"i":{"$or":[{"k":{"a":[1]}},{"z":[1]}]},
                "$or":[{"i":{"$or":[{"k":{"b":[1]}},{"y":[1]}]}},{"x":[1]}]}"#,
            &[
                r#"{"i":{"k":[{},{"a":1,"b":1}]}}"#,
                r#"{"i":{"k":[{"a":1}],"y":1}}"#,
                r#"{"i":{"z":1},"x":1}"#,
            ],
            &[r#"{"i":{"k":[{"a":1},{"b":1}]}}"#, r#"{"i":{"k":{"a":1}}}"#],
        ),
    ]);
}
