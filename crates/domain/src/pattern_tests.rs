use super::*;

fn pattern(json: &str) -> Pattern {
    Pattern::parse(json.as_bytes()).unwrap_or_else(|invalid| panic!("{json}: {invalid}"))
}

/// Each pattern matches the events of the first list, and not those of the second.
pub(in crate::pattern) fn check(cases: &[(&str, &[&str], &[&str])]) {
    for (json, matching, others) in cases {
        let pattern = pattern(json);
        for (event, expected) in
            matching.iter().map(|event| (event, true)).chain(others.iter().map(|event| (event, false)))
        {
            let document = Document::parse(event.as_bytes()).unwrap_or_else(|| panic!("{event}"));
            assert_eq!(pattern.matches(&document), expected, "{json} {event}");
        }
    }
}

/// The same for the field `a`: what its array has, and values of it. `-` stands for an event without it.
fn check_field(cases: &[(&str, &[&str], &[&str])]) {
    let event = |value: &&str| if *value == "-" { "{}".into() } else { format!(r#"{{"a":{value}}}"#) };
    for (entries, matching, others) in cases {
        let matching: Vec<String> = matching.iter().map(event).collect();
        let others: Vec<String> = others.iter().map(event).collect();
        let borrowed = |events: &[String]| -> Vec<&'static str> {
            events.iter().map(|event| &*String::leak(event.clone())).collect()
        };
        check(&[(&format!(r#"{{"a":[{entries}]}}"#), &borrowed(&matching), &borrowed(&others))]);
    }
}

/// The sample event of the README of `aws/event-ruler`, shortened.
const SAMPLE: &str = r#"{"version":"0","detail-type":"EC2 Instance State-change Notification","source":"aws.ec2",
    "time":"2017-10-02T16:24:49Z","resources":["arn:aws:ec2:us-east-1:123456789012:instance/i-0"],
    "detail":{"c-count":5,"d-count":3,"x-limit":301.8,"source-ip":"10.0.0.33","state":"running","none":null,
    "empty":""}}"#;

#[test]
fn the_documented_examples_match_the_documented_event() {
    check(&[
        (
            r#"{"detail-type":["EC2 Instance State-change Notification"],"detail":{"state":["initializing","running"]},
            "resources":["arn:aws:ec2:us-east-1:123456789012:instance/i-0"]}"#,
            &[SAMPLE],
            &[],
        ),
        (r#"{"time":[{"prefix":"2017-10-02"}]}"#, &[SAMPLE], &[]),
        (r#"{"source":[{"suffix":"ec2"}]}"#, &[SAMPLE], &[]),
        (r#"{"source":[{"equals-ignore-case":"AWS.EC2"}]}"#, &[SAMPLE], &[]),
        (r#"{"source":[{"wildcard":"aws.*"}]}"#, &[SAMPLE], &[]),
        (
            r#"{"detail":{"c-count":[{"numeric":[">",0,"<=",5]}],"d-count":[{"numeric":["<",10]}],
            "x-limit":[{"numeric":["=",3.018e2]}]}}"#,
            &[SAMPLE],
            &[],
        ),
        (r#"{"detail":{"source-ip":[{"cidr":"10.0.0.0/24"}]}}"#, &[SAMPLE], &[]),
        (r#"{"detail":{"none":[null],"empty":[""]}}"#, &[SAMPLE], &[]),
        (r#"{"detail":{"c-count":[{"exists":false}]}}"#, &[r#"{"detail":{"c-count":{"c1":1}}}"#], &[SAMPLE]),
        (
            r#"{"time":[{"prefix":"2017-10-02"}],"detail":{"state":[{"anything-but":"initializing"}],
            "x-limit":[{"anything-but":[100,200,300]}],"source-ip":[{"cidr":"10.0.0.0/8"}]}}"#,
            &[SAMPLE],
            &[],
        ),
        (r#"{"detail":{"state":["stopped"]}}"#, &[], &[SAMPLE]),
    ]);
}

#[test]
fn values_are_equal_as_json_values() {
    check_field(&[
        (
            r#""x""#,
            &[r#""x""#, r#""\u0078""#, r#"["y","x"]"#],
            &["-", r#""X""#, "null", "{}", r#"{"a":"x"}"#, "[]"],
        ),
        (r#""ü\n""#, &[r#""\u00fc\u000a""#], &[r#""u\n""#]),
        (
            "300",
            &["300", "300.0", "3e2", "3.0E+2", "[1,300]"],
            &[r#""300""#, "301", "300.0000000000000000001", "-300"],
        ),
        ("9007199254740993", &["9007199254740993"], &["9007199254740992", "9007199254740994"]),
        (
            "36893488147419103233",
            &["36893488147419103233"],
            &["36893488147419103232", "3.6893488147419103e19"],
        ),
        ("0", &["0", "-0.0", "0e400"], &["false", "null", r#""""#, "1e-400"]),
        ("1e400", &["1e400", "10e399"], &["1e401", "1e99999999999"]),
        (
            r#"3,"z",-1,"a",2e0,"m","B""#,
            &["2", "-1.0", "3", r#""a""#, r#""B""#, r#""m""#, r#""z""#],
            &["1", "0", "4", "-2", r#""b""#, r#""A""#, r#""zz""#, r#""""#],
        ),
        ("true", &["true"], &["false", r#""true""#, "1"]),
        ("false, null", &["false", "null", "[true,null]"], &["true", "-", "0", "{}"]),
    ]);
}

#[test]
fn texts_are_compared_in_part_and_without_case() {
    check_field(&[
        (r#"{"prefix":"ab"}"#, &[r#""ab""#, r#""abc""#], &["-", r#""aB""#, r#""xab""#, "1", "null"]),
        (r#"{"prefix":""}"#, &[r#""""#, r#""x""#], &["1", "-"]),
        (r#"{"suffix":"统治者"}"#, &[r#""事件统治者""#], &[r#""统治""#]),
        (
            r#"{"prefix":{"equals-ignore-case":"eVENTb"}}"#,
            &[r#""EventBridge""#, r#""eventb""#],
            &[r#""event""#, "-"],
        ),
        (
            r#"{"suffix":{"equals-ignore-case":"tBRIDGE"}}"#,
            &[r#""EVENTBRIDGE""#],
            &[r#""bridge""#, r#""tbridges""#],
        ),
        (r#"{"equals-ignore-case":"Σß"}"#, &[r#""σß""#, r#""ςß""#], &[r#""σSS""#, r#""σ""#, r#""σßx""#, "1"]),
        (r#"{"wildcard":"dir/*.png"}"#, &[r#""dir/a/b.png""#], &[r#""dir/a.jpg""#, "-", "1"]),
        (r#"{"wildcard":"\\*\\\\*"}"#, &[r#""*\\""#, r#""*\\x""#], &[r#""x\\""#, r#""*x""#]),
    ]);
}

#[test]
fn numbers_are_compared_in_ranges() {
    check_field(&[
        (
            r#"{"numeric":["<",10]}"#,
            &["9.999999999999999999999", "-1e400"],
            &["10", "1e1", r#""9""#, "null", "-"],
        ),
        (r#"{"numeric":["<=",10]}"#, &["10.0", "[11,10]"], &["10.0000000000000000000000000001"]),
        (r#"{"numeric":[">",-0.5]}"#, &["-0.49", "1e400"], &["-0.5", "-5e-1", "true"]),
        (r#"{"numeric":[">=",5000000001]}"#, &["5000000001"], &["5000000000"]),
        (r#"{"numeric":["=",0.1]}"#, &["0.10", "1e-1"], &["0.1000000000000000055511151231257827"]),
        (r#"{"numeric":[">",0,"<=",5]}"#, &["5", "1"], &["0", "5.1", "[0,6]"]),
        (r#"{"numeric":[">=",5,"<=",5]}"#, &["5"], &["4", "6"]),
    ]);
}

#[test]
fn addresses_are_compared_with_ranges() {
    check_field(&[
        (
            r#"{"cidr":"10.0.0.0/24"}"#,
            &[r#""10.0.0.0""#, r#""10.0.0.255""#],
            &[r#""10.0.1.0""#, r#""10.0.0""#, "10", "-"],
        ),
        (r#"{"cidr":"220.160.153.171/31"}"#, &[r#""220.160.153.170""#], &[r#""220.160.153.172""#]),
        (
            r#"{"cidr":"2001:db8::/32"}"#,
            &[r#""2001:DB8:0::1""#],
            &[r#""2001:db9::""#, r#""10.0.0.1""#, r#""x""#],
        ),
        (
            r#"{"cidr":"10.0.0.0/8"},"x",{"cidr":"::/64"}"#,
            &[r#""10.1.1.1""#, r#""::ffff""#, r#""x""#],
            &[r#""11.0.0.0""#, r#""::1:0:0:0:0""#],
        ),
        (r#"{"cidr":"0.0.0.0/0"}"#, &[r#""1.2.3.4""#], &[r#""::1""#, r#""01.2.3.4""#]),
    ]);
}

#[test]
fn anything_but_needs_a_value() {
    let others = &["1", "null", "true", "[\"x\",\"z\"]", "1e99999999999", r#""\ud800""#];
    check_field(&[
        (r#"{"anything-but":"x"}"#, others, &["-", "[]", "{}", r#""x""#, r#"["x","x"]"#]),
        (r#"{"anything-but":["x","y"]}"#, others, &["-", r#""x""#, r#""y""#]),
        (r#"{"anything-but":["z","x","y"]}"#, &[r#""w""#, r#""xx""#], &[r#""x""#, r#""y""#, r#""z""#]),
        (r#"{"anything-but":2}"#, others, &["-", "2", "2.0", "20e-1"]),
        (r#"{"anything-but":[2,3]}"#, others, &["-", "2", "3.0"]),
        (r#"{"anything-but":{"prefix":"x"}}"#, others, &["-", r#""xy""#]),
        (r#"{"anything-but":{"prefix":["x","y"]}}"#, others, &["-", r#""xy""#, r#""yx""#]),
        (r#"{"anything-but":{"suffix":"x"}}"#, others, &["-", r#""yx""#]),
        (r#"{"anything-but":{"suffix":["x","y"]}}"#, others, &["-", r#""xy""#, r#""yx""#]),
        (r#"{"anything-but":{"equals-ignore-case":"x"}}"#, others, &["-", r#""X""#]),
        (r#"{"anything-but":{"equals-ignore-case":["x","Y"]}}"#, others, &["-", r#""X""#, r#""y""#]),
        (r#"{"anything-but":{"wildcard":"x*"}}"#, others, &["-", r#""x""#]),
        (r#"{"anything-but":{"wildcard":["x*","*y"]}}"#, others, &["-", r#""x1""#, r#""1y""#]),
    ]);
}

#[test]
fn fields_exist_if_they_have_values() {
    let values = &["null", "false", "0", r#""""#, "[{},1]", "[[null]]", "1e99999999999", r#""\udc00""#];
    let no_values = &["-", "{}", "[]", "[[],{}]", r#"{"b":1}"#, r#"[{"b":1}]"#];
    check_field(&[
        (r#"{"exists":true}"#, values, no_values),
        (r#"{"exists":false}"#, no_values, values),
        (r#"{"exists":false},"x""#, &["-", r#""x""#, r#"["y","x"]"#], &[r#""y""#, "null"]),
    ]);
    check(&[
        (
            r#"{"a":{"b":[{"exists":false}]}}"#,
            &["{}", r#"{"a":1}"#, r#"{"a":{"c":1}}"#, "[]"],
            &[r#"{"a":{"b":0}}"#],
        ),
        (
            r#"{"a":{"b":[{"exists":true}]}}"#,
            &[r#"{"a":{"b":null}}"#],
            &["{}", r#"{"a":1}"#, r#"{"a":{"c":1}}"#],
        ),
    ]);
}

#[test]
fn documents_are_json_of_bounded_depth() {
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    for good in [" 1 ", "[1e400, \"\\ud800\"]", "{\"a\":[{},[]],\"a\":{}}", &deep(64)] {
        assert!(Document::parse(good.as_bytes()).is_some(), "{good}");
    }
    for bad in ["", "{", "1 2", "[1,]", "{\"a\"}", "nul", "01", "{\"\\udc00\":1}", &deep(65), &deep(100_000)]
    {
        assert!(Document::parse(bad.as_bytes()).is_none(), "{bad}");
    }
    assert!(Document::parse(b"[\"\xff\"]").is_none());
}

#[test]
fn a_pattern_is_its_json() {
    let spaced = pattern("{ \"a\" :\n[ \"x y\\\" \", 36893488147419103233.0 ] }\t");
    let json = r#"{"a":["x y\" ",36893488147419103233.0]}"#;
    assert_eq!(spaced.as_json(), json);
    assert_eq!((spaced.to_string(), format!("{spaced:?}")), (json.to_owned(), format!("Pattern({json})")));
    assert_eq!(spaced, pattern(json));
    assert_ne!(spaced, pattern(r#"{"a":["x y\" "]}"#));
    assert_eq!(serde_json::to_string(&Some(&spaced)).unwrap(), json);
    assert_eq!(serde_json::from_str::<Vec<Pattern>>(&format!("[ {json} ]")).unwrap(), [spaced]);
    let value = serde_json::json!({"a": [1, 0.5]});
    assert_eq!(Pattern::try_from(&value).unwrap(), serde_json::from_value(value).unwrap());
}
