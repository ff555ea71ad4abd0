import Testing

@testable import PostTraining

@Suite struct RunPaceTests {
  /// Steps of 10 and 14 seconds, a save of 3: one that has run for 5 needs 12 - 5 + 3 more.
  @Test func theRunningStepNeedsWhatIsLeftOfTheMean() {
    let pace = RunPace()
    #expect(pace.secondsToSave(from: 0) == 0)
    pace.stepBegan(1, at: 0)
    #expect(pace.secondsToSave(from: 4) == 0)  // nothing is known yet
    pace.ended(at: 10)
    pace.stepBegan(2, at: 20)
    pace.saveBegan(at: 34)
    pace.ended(at: 37, saved: 2)
    #expect(pace.savedStep == 2)
    #expect(pace.secondsToSave(from: 40) == 3)
    pace.stepBegan(3, at: 50)
    #expect(pace.secondsToSave(from: 55) == 12 - 5 + 3)
    #expect(pace.secondsToSave(from: 70) == 3)  // longer than the mean: it may end at any time
    pace.saveBegan(at: 71)
    #expect(pace.secondsToSave(from: 72) == 2)
    #expect(pace.step == 3 && pace.savedStep == 2)
  }

  @Test func anInterruptedRunSaysWhatIsSaved() {
    func text(_ step: Int, _ saved: Int?) -> String {
      InterruptedError(directory: "runs/a", step: step, savedStep: saved).description
    }
    #expect(text(7, 7) == "runs/a: stopped at step 7, saved; --resume auto continues it")
    #expect(text(7, 4).hasSuffix("--resume auto continues from step 4"))
    #expect(text(7, nil).hasSuffix("before anything was saved; --resume auto starts again"))
  }
}
