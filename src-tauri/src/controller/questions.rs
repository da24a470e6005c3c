//! Answers what the window's page asks.

use std::sync::Arc;

use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use wire::Failure;
use wire::window::Command;

use super::app::App;
use super::desktop::Desktop;
use crate::window::Question;

/// How many questions are answered at a time. Suggestions wait for as long as their turn takes, several in each call.
const AT_A_TIME: usize = 256;

/// Answers all that the window asks, until nobody can ask any more.
pub(crate) async fn answer<D: Desktop>(app: Arc<App<D>>, mut questions: mpsc::Receiver<Question>) {
    let mut under_way = JoinSet::new();
    loop {
        tokio::select! {
            question = questions.recv(), if under_way.len() < AT_A_TIME => {
                let Some(question) = question else { break };
                let app = Arc::clone(&app);
                under_way.spawn(async move { answer_one(&app, question).await });
            }
            Some(_) = under_way.join_next() => {}
        }
    }
    // The window goes before the app when it has asked for the app's end or its start afresh, which go on without it.
    while under_way.join_next().await.is_some() {}
}

async fn answer_one<D: Desktop>(app: &App<D>, question: Question) {
    let asked = json!({ "command": question.command, "payload": question.payload });
    let answer = match serde_json::from_value::<Command>(asked) {
        Ok(command) => command.carried_out(app).await,
        Err(error) => Err(Failure::system(error)),
    };
    let answer = answer.and_then(|answer| serde_json::to_value(answer).map_err(Failure::system));
    question.answer(answer).await;
}
