use super::*;

fn is_send<T: Send>(_: T) {}

#[expect(dead_code, reason = "that it compiles is the test")]
fn changes_can_be_awaited_by_a_handler(doors: Arc<Doors>, organization: OrganizationId) {
    is_send(async move {
        let app: AppRef = "42".parse().unwrap();
        let name = String::from("x");
        let _ =
            doors.update_app(organization, &app, |app| Ok::<_, ()>(App { name: name.clone(), ..app })).await;
        let _ = doors.upsert_app(organization, &app, |app| app.ok_or(Unchanged::Refused(name.clone()))).await;
        let endpoint: EndpointRef = "42".parse().unwrap();
        let _ = doors
            .update_endpoint(AppId::from_number(1), &endpoint, |e| {
                Ok::<_, ()>((e, Some(News::EndpointUpdated)))
            })
            .await;
        let _ = doors.update_event_type(organization, &"x".parse().unwrap(), Ok::<_, ()>).await;
        let _ = doors.update_organization(organization, Ok::<_, ()>).await;
        let _ = doors.update_key(organization, KeyId::from_number(1), Ok::<_, ()>).await;
    });
}
